using System.Xml.Linq;

namespace Koala.EndToEnd.Tests;

/// <summary>The arrows between projects point one way.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Koala.Protocol"] = [],
        ["Koala.Network"] = [],
        ["Koala.Worker"] = ["Koala.Network", "Koala.Protocol"],
        ["Koala.Training"] = ["Koala.Network", "Koala.Imaging", "Koala.Client"],
        ["Koala.Client"] = ["Koala.Protocol"],
        ["Koala.Imaging"] = [],
        ["koala-client"] = ["Koala.Client", "Koala.Imaging"],
        ["Koala.Gimp210"] = ["Koala.Client"],
        ["Koala.PaintDotNet"] = ["Koala.PaintDotNet.Core", .. Stubs],
        ["Koala.PaintDotNet.Core"] = ["Koala.Client"],
    };

    // Stand in for paint.net's assemblies, and know nothing but each other.
    private static string[] Stubs =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "plugins", "PaintDotNet", "stubs"), "*.csproj", SearchOption.AllDirectories)
            .Select(p => Path.GetFileNameWithoutExtension(p)!),
    ];

    [Fact]
    public void Projects_OfTheProduct_ReferenceOnlyWhatTheyMay()
    {
        var projects = ((List<string>)["proto", "worker", "clients", "plugins"])
            .Select(folder => Path.Combine(Repository.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .ToArray();
        Assert.Equal(Allowed.Keys.Concat(Stubs).Order(), projects.Select(p => Path.GetFileNameWithoutExtension(p)!).Order());
        foreach (var project in projects)
        {
            // A build-order reference links nothing.
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Where(r => (string?)r.Attribute("ReferenceOutputAssembly") != "false")
                .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')));
            Assert.All(references, reference => Assert.Contains(reference, Allowed.GetValueOrDefault(Path.GetFileNameWithoutExtension(project), Stubs)));
        }
    }
}
