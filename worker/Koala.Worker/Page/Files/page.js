// Asks the worker every second what it does, and shows it.
const samples = [];
const longest = 60;
const byId = id => document.getElementById(id);
const megapixels = pixels => `${(pixels / 1e6).toFixed(2)} MP`;
const mebibytes = bytes => bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function duration(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function showState(state, problem) {
  byId("state").textContent = state.toLowerCase();
  byId("state").className = `badge ${state.toLowerCase()}`;
  byId("problem").textContent = problem;
  byId("problem").hidden = problem === "";
}

function showThroughput(now) {
  samples.push({ at: performance.now(), pixels: now.computedPixels });
  if (samples.length > longest + 1)
    samples.shift();
  const rates = samples.slice(1).map((sample, n) => 1000 * (sample.pixels - samples[n].pixels) / (sample.at - samples[n].at));
  // A batch counts when it is done: some seconds tell more than one.
  const since = samples[Math.max(0, samples.length - 6)];
  const last = samples.at(-1);
  byId("throughput").textContent = samples.length < 2 ? "–" : `${megapixels(1000 * (last.pixels - since.pixels) / (last.at - since.at))}/s`;
  const top = Math.max(...rates, 1);
  byId("history").firstElementChild.setAttribute(
    "points", rates.map((rate, n) => `${(120 * (n + longest - rates.length) / (longest - 1)).toFixed(1)},${(31 - 30 * rate / top).toFixed(1)}`).join(" "));
}

function showModels(models) {
  byId("models").replaceChildren(...models.map(model => {
    const row = document.createElement("tr");
    for (const text of [model.name, `×${model.scale}`, `${model.halo} px`, model.sha256.slice(0, 12), model.description])
      row.insertCell().textContent = text;
    return row;
  }));
  const scales = [...new Set(models.map(model => model.scale))].sort((a, b) => b - a);
  const select = byId("scale");
  if ([...select.options].map(option => +option.value).join() !== scales.join())
    select.replaceChildren(...scales.map(scale => new Option(`×${scale}`, scale)));
}

function show(now) {
  showState(now.state, now.problem);
  byId("about").textContent = `${now.version} on ${now.device}, up for ${duration(now.uptimeSeconds)}`;
  byId("waiting").textContent = now.waitingTiles === 0 ? "nothing" : `${now.waitingTiles} tiles, ${megapixels(now.waitingPixels)}`;
  byId("streams").textContent = now.openStreams;
  byId("finished").textContent = now.finishedTiles;
  byId("failed").textContent = now.failedTiles;
  byId("memory").textContent = mebibytes(now.memoryBytes) + (now.deviceMemoryBytes === null ? "" : `, GPU ${mebibytes(now.deviceMemoryBytes)}`);
  showThroughput(now);
  showModels(now.models);
}

async function look() {
  try {
    const answer = await fetch("status");
    if (!answer.ok)
      throw new Error(`${answer.status} ${answer.statusText}`);
    show(await answer.json());
  } catch (e) {
    samples.length = 0;
    showState("Gone", `The worker does not answer: ${e.message}`);
  }
  setTimeout(look, 1000);
}

look();
