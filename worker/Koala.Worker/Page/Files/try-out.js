// Sends a picture, or the middle of a large one, to the worker and lays the answer over what the browser interpolates.
const [drop, file, said, result, stage, before, after, edge, slider, caption, scaleSelect] =
  ["drop", "file", "said", "result", "stage", "before", "after", "edge", "slider", "caption", "scale"].map(id => document.getElementById(id));
let picture;
let latest = 0;

function say(text, isProblem = false) {
  said.textContent = text;
  said.className = isProblem ? "problem" : "";
}

/** RGB rows without transparency, as the worker takes them. */
function toRgb(rgba) {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3)
    rgb.set(rgba.subarray(from, from + 3), to);
  return rgb;
}

function toRgba(rgb) {
  const rgba = new Uint8ClampedArray(rgb.length / 3 * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  return rgba;
}

/** The picture's middle, at most side × side pixels, on white. */
function middleOf(bitmap, side) {
  const [width, height] = [Math.min(bitmap.width, side), Math.min(bitmap.height, side)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, -Math.floor((bitmap.width - width) / 2), -Math.floor((bitmap.height - height) / 2));
  return canvas;
}

async function enlarge(canvas, scale) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const answer = await fetch(`try?scale=${scale}&width=${width}&height=${height}`, {
    method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: toRgb(pixels),
  });
  if (!answer.ok)
    throw new Error(await answer.text() || `${answer.status} ${answer.statusText}`);
  const rgb = new Uint8Array(await answer.arrayBuffer());
  return { image: new ImageData(toRgba(rgb), scale * width, scale * height), model: answer.headers.get("Koala-Model"), timing: answer.headers.get("Server-Timing") };
}

function show(canvas, { image, model, timing }, whole) {
  for (const layer of [before, after])
    [layer.width, layer.height] = [image.width, image.height];
  const context = before.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, image.width, image.height);
  after.getContext("2d").putImageData(image, 0, 0);
  const seconds = name => (+(timing?.match(`${name};dur=([\\d.]+)`)?.[1] ?? 0) / 1000).toFixed(2);
  const part = canvas.width < whole.width || canvas.height < whole.height ? `the middle ${canvas.width}×${canvas.height} of ${whole.width}×${whole.height} pixels` : `${canvas.width}×${canvas.height} pixels`;
  caption.textContent = `${part} to ${image.width}×${image.height} by ${model}: ${seconds("compute")} s of computing after ${seconds("queue")} s in the queue`;
  result.hidden = false;
  slide();
}

function slide() {
  after.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
  edge.style.left = `${slider.value}%`;
}

/** Of several pictures in quick succession the last one is shown. */
async function tryOut() {
  const mine = ++latest;
  say("The worker computes…");
  try {
    const { tryOutSide } = await (await fetch("status")).json();
    if (tryOutSide < 1)
      throw new Error("the worker has no model yet");
    const bitmap = await createImageBitmap(picture);
    const canvas = middleOf(bitmap, tryOutSide);
    const enlarged = await enlarge(canvas, +scaleSelect.value);
    if (mine === latest) {
      show(canvas, enlarged, bitmap);
      say("Move the slider: interpolated on its left, Koala on its right.");
    }
  } catch (e) {
    if (mine === latest)
      say(e.name === "InvalidStateError" ? "That is no picture that this browser can read." : `That did not work: ${e.message}`, true);
  }
}

function take(files) {
  if (files.length === 0)
    return;
  picture = files[0];
  tryOut();
}

file.addEventListener("change", () => take(file.files));
scaleSelect.addEventListener("change", () => picture && tryOut());
slider.addEventListener("input", slide);
stage.addEventListener("pointermove", e => {
  if (e.buttons === 1 || e.pointerType === "mouse") {
    const box = stage.getBoundingClientRect();
    slider.value = 100 * (e.clientX - box.left) / box.width;
    slide();
  }
});
// Everywhere: a picture that misses the field would be opened in place of the page.
document.addEventListener("dragover", e => {
  e.preventDefault();
  drop.classList.toggle("over", drop.contains(e.target));
});
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", e => {
  e.preventDefault();
  drop.classList.remove("over");
  take(e.dataTransfer.files);
});
