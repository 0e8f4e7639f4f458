// A request that the visitor composes, and what happens to it.
const form = document.querySelector("#lab");
const part = (name) => document.querySelector(`#${name}`);
const origins = { page: location.origin, subdomain: `http://app.localhost:${location.port}`, sandbox: "null" };
let tries = 0;
let latest;

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

// One exchange: the request, the response, and which headers decided.
function decisive(name) {
  return name.startsWith("Access-Control-") || name === "Origin" || name === "CORS-Refused";
}

function wire({ method, sent, status, received }) {
  const list = document.createElement("dl");
  const add = (title, headers, className) => {
    list.append(element("dt", title, className));
    for (const [name, value] of headers) {
      const line = element("dd", "", decisive(name) ? "decides" : "");
      line.append(element("b", `${name}: `), value);
      list.append(line);
    }
  };
  add(`→ ${method}`, sent, "");
  add(`← ${status}`, received, status < 400 ? "good" : "bad");
  return list;
}

async function attemptChoice(choice) {
  const row = `try-${++tries}`;
  const path = `/${choice.policy}`;
  const scenario = { ...choice, reads: ["X-Total"] };
  const got = await attemptAs(choice.script, row, scenario, `${lab.address}${path}?try=${row}`);
  const exchanges = await (await fetch(`/exchanges/${row}`)).json();
  const request = { ...choice, path, origin: origins[choice.script] };
  const body = JSON.stringify(request);
  const explained = await (await fetch("/explain", { method: "POST", body })).json();
  return { got, exchanges, explained, agree: explained.granted === (got !== "blocked") };
}

function chosen() {
  const headers = [...form.querySelectorAll("fieldset [name]:checked")].map(({ name, value }) => [name, value]);
  return {
    script: part("script").value, method: part("method").value, policy: part("policy").value,
    headers, cookies: part("cookies").checked,
  };
}

function report({ got, exchanges, explained, agree }) {
  const preflight = exchanges.find(({ method }) => method === "OPTIONS");
  const request = exchanges.find(({ method }) => method !== "OPTIONS");
  part("preflight").replaceChildren(preflight ? wire(preflight) : element("p", "None: a plain HTML form could send this request too."));
  part("request").replaceChildren(request ? wire(request) : element("p", "Not sent: the preflight was refused."));
  const read = got !== "blocked";
  part("verdict").replaceChildren(
    element("p", read ? "✓ let the page read it" : "✗ kept it from the page", read ? "good big" : "bad big"),
    element("p", read ? got : "The script got only a TypeError."),
    element("p", agree ? "explain says the same." : "explain says something else!", agree ? "" : "bad"),
  );
  part("explain").textContent = explained.text;
}

// Shows what is wrong with the policy, or unsafe, below its text box.
function complain(error, findings) {
  part("code").setAttribute("aria-invalid", error !== null);
  part("wrong").textContent = error ?? findings.join("\n");
  part("wrong").hidden = !part("wrong").textContent;
}

// Returns the path of the policy: its number, or "own" if the visitor changed it.
async function use_policy() {
  const { value } = part("policy");
  const text = part("code").value;
  if (text.trim() === lab.policies[value].code.trim()) {
    complain(null, []);
    return value;
  }
  const { error, findings } = await (await fetch("/own", { method: "POST", body: text })).json();
  complain(error, findings);
  return error === null ? "own" : null;
}

async function try_policy() {
  const policy = await use_policy();
  return policy === null ? null : attemptChoice({ ...chosen(), policy });
}

async function submit(event) {
  event?.preventDefault();
  delete form.dataset.done;
  if (event?.target === part("policy")) show_policy();
  const mine = (latest = try_policy());
  const result = await mine;
  // If the visitor chooses quickly, the last choice is shown, even if an earlier response comes later.
  if (mine !== latest) return;
  if (result !== null) report(result);
  form.dataset.done = "yes";
}

function show_policy() {
  part("code").value = lab.policies[part("policy").value].code;
}

// For tests: tries every combination, and returns those where the browser and explain() disagree.
async function everything() {
  const headers = [...form.querySelectorAll("fieldset [name]")].map(({ name, value }) => [name, value]);
  const wrong = [];
  let tried = 0;
  for (const script of Object.keys(origins))
    for (const method of ["GET", "POST", "PUT"])
      for (const policy of lab.policies.keys())
        for (const sent of [[], ...headers.map((header) => [header])])
          for (const cookies of [false, true]) {
            const choice = { script, method, policy, headers: sent, cookies };
            const { agree, got } = await attemptChoice(choice);
            tried += 1;
            if (!agree) wrong.push({ ...choice, got });
          }
  return { tried, wrong };
}

let lab;
async function open_lab() {
  lab = await (await fetch("/policies")).json();
  for (const name of ["page", "subdomain"]) form.querySelector(`[value=${name}]`).textContent = origins[name];
  for (const [number, { title }] of lab.policies.entries()) part("policy").add(new Option(title, number));
  part("policy").value = 2;
  show_policy();
  form.addEventListener("submit", submit);
  form.addEventListener("change", submit);
  await submit();
}
open_lab();
