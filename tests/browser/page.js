// Makes the requests of the tests' rows, and says what the page got of each.

// A frame with a page of another origin, or, without an address, of an opaque one.
function open_frame(address) {
  return new Promise((resolve) => {
    const element = document.createElement("iframe");
    if (!address) element.sandbox = "allow-scripts";
    element.src = address || "/";
    element.onload = () => resolve(element.contentWindow);
    document.body.append(element);
  });
}

function fetch_in_frame(frame, step) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    frame.postMessage(step, "*", [port2]);
  });
}

if (parent !== window) {
  onmessage = async (event) => event.ports[0].postMessage(await attempt(event.data));
}

const BLOCKED = { got: "blocked", reads: "" };

const KINDS = {
  async fetch({ url, options }) {
    let response;
    try {
      response = await fetch(url, options);
    } catch (error) {
      // Nothing else tells a page that it may not read a response.
      if (error instanceof TypeError) return BLOCKED;
      return { got: String(error), reads: "" };
    }
    const words = [response.status, (await response.text()).trim()];
    if (response.type === "opaque") words.push("opaque");
    return {
      got: words.filter((word) => word !== "").join(" "),
      reads: [...response.headers.keys()].sort().join(" "),
    };
  },

  websocket({ url }) {
    return new Promise((resolve) => {
      const socket = new WebSocket(url.replace("http:", "ws:"));
      socket.onmessage = (event) => { socket.close(); resolve({ got: event.data, reads: "" }); };
      socket.onerror = () => resolve(BLOCKED);
    });
  },

  eventsource({ url, options }) {
    return new Promise((resolve) => {
      const withCredentials = options.credentials === "include";
      const source = new EventSource(url, { withCredentials });
      source.onmessage = (event) => { source.close(); resolve({ got: event.data, reads: "" }); };
      source.onerror = () => { source.close(); resolve(BLOCKED); };
    });
  },
};

function seconds(number) {
  return new Promise((resolve) => setTimeout(resolve, number * 1000));
}

async function attempt(step) {
  if (step.wait) await seconds(step.wait);
  const late = seconds(30).then(() => ({ got: "no response for 30 seconds", reads: "" }));
  return Promise.race([KINDS[step.kind](step), late]);
}

// Run rows, which are lists of steps, one after the other; `frames` maps scripts to addresses.
async function run(rows, frames) {
  const windows = {};
  for (const [name, address] of Object.entries(frames)) windows[name] = await open_frame(address);
  const outcomes = [];
  for (const steps of rows) {
    const outcome = [];
    for (const step of steps) {
      const frame = windows[step.script];
      outcome.push(await (frame ? fetch_in_frame(frame, step) : attempt(step)));
    }
    outcomes.push(outcome);
  }
  return outcomes;
}
