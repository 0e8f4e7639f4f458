const body = document.querySelector("tbody");
const summary = document.querySelector("#summary");
const again = document.querySelector("#again");

function show(result) {
  const line = body.insertRow();
  line.className = result.agree ? "agree" : "disagree";
  // Some titles name the script already.
  const said = result.script === "page" || result.title.replace("-", "").includes(result.script);
  const from = said ? "" : ` (${result.script})`;
  const cells = [`${result.title}${from}`, result.policy, result.expected, result.got, result.seen,
    result.agree ? "✓ yes" : "✗ no"];
  for (const text of cells) line.insertCell().textContent = text;
}

async function run() {
  again.disabled = true;
  delete document.body.dataset.done;
  body.replaceChildren();
  summary.textContent = "Running…";
  const { addresses, scenarios } = await (await fetch("/scenarios")).json();
  const results = [];
  for (const [row, scenario] of scenarios.entries()) {
    const url = `${addresses[scenario.server]}${scenario.path}?row=${row}`;
    const got = await attemptAs(scenario.script, row, scenario, url);
    const seen = ((await (await fetch("/seen")).json())[row] ?? ["nothing"]).join(", ");
    results.push({ ...scenario, got, seen, agree: got === scenario.expected });
    show(results.at(-1));
  }
  const wrong = results.filter((result) => !result.agree).length;
  summary.textContent = wrong
    ? `${wrong} of ${results.length} rows disagree.`
    : `All ${results.length} rows agree.`;
  window.results = results;
  document.body.dataset.done = "yes";
  again.disabled = false;
}

again.addEventListener("click", run);
run();
