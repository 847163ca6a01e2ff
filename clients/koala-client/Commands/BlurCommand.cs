using System.CommandLine;
using Koala.Client.CommandLine.Blurs;
using Koala.Client.CommandLine.Progress;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client blur PHOTO -o MAP</c></summary>
internal static class BlurCommand
{
    public static Command Create(Terminal terminal)
    {
        var photo = new Argument<string>("PHOTO") { Description = "A photo, as for 'upscale'." };
        var map = Output("--output", "The blur of every pixel as a picture with a legend: .png, .jpg or .webp.", "MAP", "-o");
        var layers = Output("--layers", "The same in numbers: a TIFF of three pages of 32-bit floats, sigma along the longer axis, along the shorter one, and angle in degrees.", "FILE");
        var kernels = Output("--kernels", "The kernels of a grid of pixels, drawn over the photo: .png, .jpg or .webp.", "SHEET");
        var kernel = Output("--mean-kernel", "The mean kernel as a text for 'upscale --kernel'.", "FILE");
        var scale = new Option<int>("--scale", "-s")
        {
            Description = "The scale whose model looks, 2 or 4; lengths are in pixels of the picture so enlarged. Default: 4.",
            HelpName = "2|4",
            CustomParser = result =>
            {
                if (result.Tokens[0].Value is "2" or "4")
                    return result.Tokens[0].Value[0] - '0';
                result.AddError($"--scale is 2 or 4 here, not '{result.Tokens[0].Value}'");
                return 0;
            },
            DefaultValueFactory = _ => 4,
        };
        var model = new Option<string>("--model") { Description = "Name of a model in 'koala-client status'. Default: the worker's own choice.", HelpName = "NAME", DefaultValueFactory = _ => "" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace files that exist." };
        var json = new Option<bool>("--json") { Description = "Print the summary for programs: distribution of sigma, and the mean kernel." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing unless it fails." };
        var worker = new WorkerOptions();
        var command = new Command("blur", "Shows what the network takes for the blur of a photo, pixel by pixel; enlarges nothing.")
        {
            photo, map, layers, kernels, kernel, scale, model, overwrite, json, quiet,
        };
        worker.AddAllTo(command);
        worker.AddRecoveryTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var outputs = new BlurOutputs(
                parsed.GetRequiredValue(photo), parsed.GetValue(map), parsed.GetValue(layers), parsed.GetValue(kernels), parsed.GetValue(kernel), parsed.GetValue(overwrite));
            if (!outputs.Any && !parsed.GetValue(json))
                throw new CommandFailure(ExitCode.Usage, "name what to make: -o MAP, --layers, --kernels, --mean-kernel or --json; see koala-client blur --help.");
            outputs.Check();
            using var reader = ImageReader.Open(outputs.Photo);
            var address = worker.Address(parsed);
            var silent = parsed.GetValue(quiet) || parsed.GetValue(json);
            var blur = await ProgressDisplay.ShowAsync(silent ? null : terminal, async display =>
            {
                var start = worker.Start(parsed);
                await using var client = new KoalaClient(address) { Recovery = worker.Recovery(parsed, start) with { Report = display.Waiting } };
                await WorkerContact.ContactAsync(() => WorkerLauncher.EnsureRunningAsync(address, start, display.Waiting, cancellationToken));
                display.Waiting($"Looking at the blur of {outputs.Photo} …");
                var job = PhotoBlur.Job(reader, parsed.GetValue(scale), parsed.GetRequiredValue(model), Precision.Auto);
                if (outputs.Kernels is not null)
                    job = job with { KernelStep = KernelSheet.StepFor(reader.Width, reader.Height) };
                return await PhotoBlur.EstimateAsync(reader, job, client, display, cancellationToken);
            });
            outputs.Write(blur);
            var summary = BlurSummary.Of(outputs.Photo, blur);
            if (parsed.GetValue(json))
                terminal.Out.WriteLine(summary.ToJson());
            else if (!silent)
                terminal.Out.WriteLine(summary);
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static Option<string?> Output(string name, string description, string help, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = help };
}
