using System.CommandLine;
using Koala.Client.CommandLine.Batches;
using Koala.Client.CommandLine.Folders;
using Koala.Client.CommandLine.Manifests;
using Koala.Client.CommandLine.Upscaling;

namespace Koala.Client.CommandLine.Commands;

/// <summary>Which photographs of folders are enlarged, and how their outputs are named.</summary>
internal sealed class FolderOptions
{
    private readonly Option<bool> _recursive = new("--recursive", "-r") { Description = "Enter the folders in folders." };

    private readonly Option<string> _name = new("--name")
    {
        Description = "Names of outputs in a folder: {name} and {type} of the photo, {scale}, and {ext}, the output's extension.",
        HelpName = "TEMPLATE",
        DefaultValueFactory = _ => OutputName.Default,
    };

    private readonly Option<bool> _skipExisting = new("--skip-existing") { Description = "Leave every output that exists, whatever it is." };

    private readonly Option<bool> _checksum = new("--checksum")
    {
        Description = "Compare photos and outputs with the manifest by content; else by size and time, and by content where these differ.",
    };

    private readonly Option<bool> _failFast = new("--fail-fast") { Description = "Stop at the first photo that fails; else the others go on." };

    private readonly Option<Shard?> _shard = new("--shard")
    {
        Description = "Enlarge the i-th of n parts: run all n, on any machines, to enlarge everything once.",
        HelpName = "i/n",
        CustomParser = result =>
        {
            var shard = Shard.TryParse(result.Tokens[0].Value);
            if (shard is null)
                result.AddError($"--shard is i/n with i from 1 to n, not '{result.Tokens[0].Value}'");
            return shard;
        },
    };

    /// <summary>Adds them all.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Add(option);
    }

    /// <summary>
    /// Whether the output is a folder: where there are several photographs, or folders, patterns and lists, and where OUT ends in a
    /// slash.
    /// </summary>
    public static bool IsFolder(IReadOnlyList<string> inputs, string output) =>
        inputs.Count > 1 || !Inputs.IsOnePhoto(inputs[0]) || Path.EndsInDirectorySeparator(output);

    /// <summary>Makes sure that none of them is given where one photograph has one output.</summary>
    /// <exception cref="CommandFailure">One is.</exception>
    public void RefuseForOnePhoto(ParseResult parsed)
    {
        var given = All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (given is not null)
            throw Usage($"{given.Name} is for outputs in a folder; end OUT in '/' to write into one");
    }

    /// <summary>What they and the arguments say.</summary>
    /// <exception cref="CommandFailure">They contradict each other.</exception>
    public BatchSettings Settings(ParseResult parsed, IReadOnlyList<string> inputs, string folder, UpscaleSettings upscale)
    {
        if (upscale.Overwrite && parsed.GetValue(_skipExisting))
            throw Usage("--overwrite and --skip-existing exclude each other");
        try
        {
            return new BatchSettings
            {
                // Whoever enlarges one photograph meanwhile goes first.
                Upscale = upscale with { Priority = JobPriority.Batch },
                Inputs = inputs,
                Folder = folder,
                Name = new OutputName(parsed.GetRequiredValue(_name), upscale.Output.Format),
                Existing = new ExistingOutputs(upscale.Overwrite, parsed.GetValue(_skipExisting), parsed.GetValue(_checksum)),
                Recursive = parsed.GetValue(_recursive),
                FailFast = parsed.GetValue(_failFast),
                Shard = parsed.GetValue(_shard),
            };
        }
        catch (FormatException error)
        {
            throw Usage(error.Message);
        }
    }

    private Option[] All => [_recursive, _name, _skipExisting, _checksum, _failFast, _shard];

    private static CommandFailure Usage(string problem) => new(ExitCode.Usage, $"{problem}; see koala-client upscale --help.");
}
