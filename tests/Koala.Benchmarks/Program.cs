using System.CommandLine;
using System.Runtime.CompilerServices;
using Koala.Benchmarks;

var model = new Option<string>("--model") { Description = "Weights.", DefaultValueFactory = _ => ReleasedModel() };
var network = new Command("network", "The bare network: seconds, share of the machine's ceiling, memory.") { model };
network.SetAction(result => NetworkBenchmark.Run(result.GetRequiredValue(model)));
var path = new Command("path", "Overhead of worker and client on a megapixel.") { model };
path.SetAction(result => PathBenchmark.RunAsync(result.GetRequiredValue(model)));
var clients = new Command("clients", "Several clients in turn and at once.");
clients.SetAction(_ => PathBenchmark.ClientsAsync());
var photo = new Argument<string>("PHOTO") { Description = "The photo to enlarge." };
var large = new Command("large", "Peak memory of client and worker for one photo.") { photo };
large.SetAction(result => LargeImageBenchmark.RunAsync(result.GetRequiredValue(photo)));
var sample = new Option<string>("--sample") { Description = "The photo that the folder's are made of.", DefaultValueFactory = _ => Sample() };
var folder = new Command("folder", "How much of a folder's time the device computes.") { sample };
folder.SetAction(result => FolderBenchmark.RunAsync(result.GetRequiredValue(sample)));
return await new RootCommand("Measures Koala on this machine. Close other programs first.") { network, path, clients, large, folder }.Parse(args).InvokeAsync();

static string ReleasedModel([CallerFilePath] string source = "") =>
    Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "worker", "models", "koalanet-x4.safetensors");

static string Sample([CallerFilePath] string source = "") =>
    Path.Combine(Path.GetDirectoryName(source)!, "..", "..", "clients", "koala-client", "samples", "friends.jpg");
