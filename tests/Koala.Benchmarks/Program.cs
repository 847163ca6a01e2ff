using System.CommandLine;
using System.Runtime.CompilerServices;
using Koala.Benchmarks;

var model = new Option<string>("--model") { Description = "Weights.", DefaultValueFactory = _ => ReleasedModel() };
var network = new Command("network", "The bare network: seconds, share of the machine's ceiling, memory.") { model };
network.SetAction(result => NetworkBenchmark.Run(result.GetRequiredValue(model)));
var device = new Option<string>("--device") { Description = "cpu, cuda or cuda:n.", DefaultValueFactory = _ => "cpu" };
var side = new Option<int>("--side") { Description = "Side of the tile in LR pixels.", DefaultValueFactory = _ => 256 };
var roofline = new Command("roofline", "The machine's ceilings, and what share of them the network reaches, layer by layer.") { model, device, side };
roofline.SetAction(result => RooflineBenchmark.Run(result.GetRequiredValue(model), result.GetRequiredValue(device), result.GetRequiredValue(side)));
var pairs = new Option<int>("--pairs") { Description = "Pairs of runs, each of both in turn.", DefaultValueFactory = _ => 7 };
var baselines = new Command("baselines", "The network beside what else one could run it with, in pairs.") { model, side, pairs };
baselines.SetAction(result => BaselineBenchmark.Run(result.GetRequiredValue(model), result.GetRequiredValue(side), result.GetRequiredValue(pairs)));
var clientProgram = new Option<string?>("--client") { Description = "Another koala-client, e.g. a published one." };
var workerProgram = new Option<string?>("--koala-worker") { Description = "Another koala-worker." };
var start = new Command("start", "What one waits for before the first pixel: processes, a warm worker, one that has to be started.") { clientProgram, workerProgram };
start.SetAction(result => StartBenchmark.RunAsync(result.GetValue(clientProgram), result.GetValue(workerProgram)));
var largest = new Option<double>("--largest") { Description = "Megapixels of the largest picture.", DefaultValueFactory = _ => 2.56 };
var plot = new Option<string?>("--plot") { Description = "SVG file to write." };
var growth = new Command("growth", "Time and memory against the picture's size and against the number of clients.") { largest, plot };
growth.SetAction(result => GrowthBenchmark.RunAsync(result.GetValue(largest), result.GetValue(plot)));
var memory = new Command("memory", "What the network takes for a pixel while it computes, for every released model.") { model };
memory.SetAction(result => MemoryBenchmark.Run(Path.GetDirectoryName(result.GetRequiredValue(model))!));
var path = new Command("path", "Overhead of worker and client on a megapixel.") { model };
path.SetAction(result => PathBenchmark.RunAsync(result.GetRequiredValue(model)));
var clients = new Command("clients", "Several clients in turn and at once.");
clients.SetAction(_ => PathBenchmark.ClientsAsync());
var photo = new Argument<string?>("PHOTO") { Description = "The photo to enlarge.", Arity = ArgumentArity.ZeroOrOne };
var mock = new Option<bool>("--mock") { Description = "Repeat pixels instead of running the network, for a picture that is made." };
var megapixels = new Option<double>("--megapixels") { Description = "Size of that picture.", DefaultValueFactory = _ => 100 };
var output = new Option<string>("--output") { Description = "Name of the output; its extension is the format.", DefaultValueFactory = _ => "large.jpg" };
var options = new Option<string>("--options") { Description = "Options for koala-client upscale, separated by spaces.", DefaultValueFactory = _ => "" };
var large = new Command("large", "Peak memory of client and worker for one photo.") { photo, mock, megapixels, output, options };
large.SetAction(result =>
{
    var more = result.GetRequiredValue(options).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    return result.GetValue(mock)
        ? LargeImageBenchmark.MockAsync(result.GetValue(megapixels), result.GetRequiredValue(output), more)
        : LargeImageBenchmark.RunAsync(result.GetValue(photo) ?? throw new ArgumentException("Name a photo, or add --mock."), more);
});
var sample = new Option<string>("--sample") { Description = "The photo that the folder's are made of.", DefaultValueFactory = _ => Sample() };
var folder = new Command("folder", "How much of a folder's time the device computes.") { sample };
folder.SetAction(result => FolderBenchmark.RunAsync(result.GetRequiredValue(sample)));
var pictureSize = new Option<double>("--megapixels") { Description = "Size of the picture.", DefaultValueFactory = _ => 1 };
var real = new Option<bool>("--network") { Description = "Run the network too, which takes long." };
var shares = new Command("shares", "From PNG to PNG: what decoding, transfer, blending and encoding take, and the network.") { sample, pictureSize, real };
shares.SetAction(result => SharesBenchmark.RunAsync(result.GetRequiredValue(sample), result.GetValue(pictureSize), result.GetValue(real)));
var data = new Option<string>("--data") { Description = "Folder with Set5, Set14 and train.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("KOALA_TEST_DATA") ?? "data" };
var alarm = new Command("alarm", "How well photographs that are unlike those of the training are told from others.") { data };
alarm.SetAction(result => AlarmBenchmark.Run(result.GetRequiredValue(data)));
var check = new Command("check", "How well the check tells results of the estimated kernels from those of wrong ones.") { data };
check.SetAction(result => CheckBenchmark.RunAsync(result.GetRequiredValue(data)));
var smooth = new Command("smooth", "What leaving smooth parts to bicubic saves and costs.") { data };
smooth.SetAction(result => SmoothBenchmark.RunAsync(result.GetRequiredValue(data)));
var minutes = new Option<double>("--minutes") { Description = "How long.", DefaultValueFactory = _ => 120 };
var load = new Option<double>("--load") { Description = "Share of one core that worker and client may take.", DefaultValueFactory = _ => 1 };
var soak = new Command("soak", "Mixed load for hours: no error but the planted ones, and nothing that grows.") { minutes, load };
soak.SetAction(result => SoakBenchmark.RunAsync(result.GetRequiredValue(minutes), result.GetRequiredValue(load), Sample()));
var preview = new Command("preview", "How long a preview takes beside a huge batch.");
preview.SetAction(_ => PreviewBenchmark.RunAsync());
var workers = new Command("workers", "How close several workers come to the sum of what each could do; devices are simulated by waiting.");
workers.SetAction(_ => WorkersBenchmark.RunAsync());
return await new RootCommand("Measures Koala on this machine. Close other programs first.") { network, roofline, baselines, start, growth, shares, memory, path, clients, large, folder, alarm, check, smooth, soak, preview, workers }.Parse(args).InvokeAsync();

static string ReleasedModel([CallerFilePath] string source = "") =>
    Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "worker", "models", "koalanet-x4.safetensors");

static string Sample([CallerFilePath] string source = "") =>
    Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "clients", "koala-client", "samples", "friends.jpg");
