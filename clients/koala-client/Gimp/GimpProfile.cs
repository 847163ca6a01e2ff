namespace Koala.Client.CommandLine.Gimp;

/// <summary>A user's folder of one GIMP, where its plug-ins are.</summary>
/// <param name="Name">For people, such as <c>GIMP 3.0 (Flatpak)</c>.</param>
/// <param name="Generation">Which plug-in it takes.</param>
/// <param name="Folder">The folder, whether it exists or not.</param>
/// <param name="Sandbox">What shuts GIMP off from programs outside.</param>
internal sealed record GimpProfile(string Name, GimpGeneration Generation, string Folder, GimpSandbox Sandbox)
{
    private static readonly string[] Versions = ["2.10", "3.0", "3.2"];

    /// <summary>Where the plug-in belongs. GIMP finds it only in a folder of the file's own name.</summary>
    public string PlugInFolder => Path.Combine(Folder, "plug-ins", GimpPlugIn.Name);

    /// <summary>
    /// Those that exist: a GIMP that has run once has one, native, as Flatpak or as Snap, on Windows and on macOS. Folders that
    /// <c>GIMP2_DIRECTORY</c> and <c>GIMP3_DIRECTORY</c> name count in any case.
    /// </summary>
    public static IReadOnlyList<GimpProfile> All()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var places = new List<(string Folder, GimpSandbox Sandbox)>();
        if (OperatingSystem.IsWindows())
            places.Add((Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), GimpSandbox.None));
        else if (OperatingSystem.IsMacOS())
            places.Add((Path.Combine(home, "Library", "Application Support"), GimpSandbox.None));
        else
        {
            places.Add((Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set ? set : Path.Combine(home, ".config"), GimpSandbox.None));
            places.Add((Path.Combine(home, ".var", "app", "org.gimp.GIMP", "config"), GimpSandbox.Flatpak));
            places.Add((Path.Combine(home, "snap", "gimp", "current", ".config"), GimpSandbox.Snap));
        }

        var found = places.SelectMany(place => Versions.Select(version => new GimpProfile(
            place.Sandbox == GimpSandbox.None ? $"GIMP {version}" : $"GIMP {version} ({place.Sandbox})", GenerationOf(version), Path.Combine(place.Folder, "GIMP", version), place.Sandbox)))
            .Where(profile => Directory.Exists(profile.Folder)).ToList();
        foreach (var (variable, generation) in ((string, GimpGeneration)[])[("GIMP2_DIRECTORY", GimpGeneration.Gimp210), ("GIMP3_DIRECTORY", GimpGeneration.Gimp3)])
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } folder)
            {
                // GIMP itself looks nowhere else then.
                found.RemoveAll(profile => profile.Generation == generation && profile.Sandbox == GimpSandbox.None);
                found.Add(new GimpProfile($"GIMP of {variable}", generation, Path.GetFullPath(folder), GimpSandbox.None));
            }
        return found;
    }

    private static GimpGeneration GenerationOf(string version) => version == "2.10" ? GimpGeneration.Gimp210 : GimpGeneration.Gimp3;
}

/// <summary>GIMPs that take the same plug-in.</summary>
internal enum GimpGeneration
{
    /// <summary>2.10</summary>
    Gimp210,

    /// <summary>3.0 and later</summary>
    Gimp3,
}

/// <summary>What shuts a GIMP off from programs outside.</summary>
internal enum GimpSandbox
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Flatpak; it can be permitted to start them.</summary>
    Flatpak,

    /// <summary>Snap.</summary>
    Snap,
}
