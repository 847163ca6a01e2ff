using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.Json;

namespace Koala.PaintDotNet.Tests;

/// <summary>The folder that users put into paint.net's Effects.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("koala-package-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Publish_OfThePlugin_HoldsAllItNeedsAndNothingOfPaintDotNet()
    {
        await PublishAsync();

        var folder = Path.Combine(_folder, "Effects", "Koala");
        var files = Directory.GetFiles(folder).Select(file => Path.GetFileName(file)!).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "Koala.PaintDotNet.dll", "Koala.PaintDotNet.deps.json", "Koala.PaintDotNet.Core.dll", "Koala.Client.dll", "Koala.Protocol.dll",
                "Grpc.Net.Client.dll", "Google.Protobuf.dll", "README.md", "LICENSE", "LICENCES.md",
            },
            files);
        Assert.DoesNotContain(files, file => file.StartsWith("PaintDotNet", StringComparison.OrdinalIgnoreCase) || file.StartsWith("System.Windows", StringComparison.Ordinal));

        // What is asked for at run time is what is there, and the other way round.
        using var dependencies = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "Koala.PaintDotNet.deps.json")));
        var asked = dependencies.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject())
            .Where(library => library.Value.TryGetProperty("runtime", out _))
            .SelectMany(library => library.Value.GetProperty("runtime").EnumerateObject()).Select(file => Path.GetFileName(file.Name));
        Assert.Equal(asked.Order(), files.Where(file => file.EndsWith(".dll", StringComparison.Ordinal)).Order());

        // paint.net 5.1 runs on .NET 9, and takes any assembly of its own from 5.100 on.
        using var plugin = new PEReader(File.OpenRead(Path.Combine(folder, "Koala.PaintDotNet.dll")));
        var metadata = plugin.GetMetadataReader();
        foreach (var reference in metadata.AssemblyReferences.Select(metadata.GetAssemblyReference))
        {
            var name = metadata.GetString(reference.Name);
            if (name.StartsWith("PaintDotNet.", StringComparison.Ordinal))
                Assert.Equal(new Version(5, 100, 0, 0), reference.Version);
            else if (name.StartsWith("System.", StringComparison.Ordinal))
                Assert.InRange(reference.Version.Major, 4, 9);
        }

        using var zip = ZipFile.OpenRead(Directory.GetFiles(_folder, "*.zip").Single());
        Assert.Equal(files.Select(file => $"Koala/{file}").Order(), zip.Entries.Select(entry => entry.FullName).Where(name => !name.EndsWith('/')).Order());
        Assert.Contains($"-{metadata.GetAssemblyDefinition().Version.ToString(3)}.zip", Directory.GetFiles(_folder, "*.zip").Single(), StringComparison.Ordinal);
    }

    private async Task PublishAsync()
    {
        var project = Path.Combine(WorkerPlace.Root, "plugins", "PaintDotNet", "Koala.PaintDotNet");
        var start = new ProcessStartInfo(
            "dotnet", ["publish", project, "--no-build", "-c", WorkerPlace.BuildConfiguration, $"-p:PackageFolder={_folder}/", "-nodeReuse:false"])
        {
            RedirectStandardOutput = true,
        };
        // The runner's own settings are not those of a command line.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using var publish = Process.Start(start)!;
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output);
    }
}
