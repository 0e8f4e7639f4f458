// Sends the request of one row, and returns what the script can read, in the words of the table.
async function attempt(scenario, url) {
  if (scenario.method === "WEBSOCKET") return openSocket(url);
  let response;
  try {
    response = await fetch(url, {
      method: scenario.method,
      headers: scenario.headers,
      credentials: scenario.cookies ? "include" : "omit",
    });
  } catch (error) {
    return "blocked";
  }
  const headers = scenario.reads.map((name) => `, ${name}: ${response.headers.get(name) ?? "hidden"}`);
  return `${response.status} ${(await response.text()).trim()}${headers.join("")}`;
}

function openSocket(url) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace("http:", "ws:"));
    socket.onopen = () => resolve("opens");
    socket.onerror = () => resolve("blocked");
  });
}
