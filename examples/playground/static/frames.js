// Pages of other origins, in frames: they send requests for this page.
function frame(name, source) {
  const element = document.querySelector(`#${name}`);
  return new Promise((resolve) => {
    addEventListener("message", function ready(event) {
      if (event.source !== element.contentWindow || !event.data.ready) return;
      removeEventListener("message", ready);
      resolve(element.contentWindow);
    });
    element.src = source;
  });
}

function attemptInFrame(window_, row, scenario, url) {
  return new Promise((resolve) => {
    addEventListener("message", function finished(event) {
      if (event.source !== window_ || event.data.row !== row) return;
      removeEventListener("message", finished);
      resolve(event.data.result);
    });
    window_.postMessage({ row, scenario, url }, "*");
  });
}

const frames = {
  sandbox: frame("sandbox", "/frame"),
  subdomain: frame("subdomain", `http://app.localhost:${location.port}/frame`),
};

// Sends a request as this page, or as a page in a frame.
async function attemptAs(script, row, scenario, url) {
  return script === "page" ? attempt(scenario, url) : attemptInFrame(await frames[script], row, scenario, url);
}
