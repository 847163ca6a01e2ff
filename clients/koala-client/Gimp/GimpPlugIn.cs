namespace Koala.Client.CommandLine.Gimp;

/// <summary>The files of a plug-in: as they come with this program, and as they are in a profile.</summary>
internal sealed class GimpPlugIn(GimpGeneration generation)
{
    /// <summary>Name of the plug-in's folder and, apart from its ending, of its program.</summary>
    public const string Name = "koala-upscale";

    // Where the plug-in finds this program again.
    private const string ClientPath = "client-path.txt";
    private const string Script = "koala-upscale.scm";

    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>The procedure that GIMP lists when it has found the plug-in.</summary>
    public string Procedure => generation == GimpGeneration.Gimp3 ? "koala-upscale" : "plug-in-koala-upscale-4";

    private string Program => generation == GimpGeneration.Gimp3 ? $"{Name}.py" : OperatingSystem.IsWindows() ? $"{Name}.exe" : Name;

    private string Source => Path.Combine(AppContext.BaseDirectory, "gimp", generation == GimpGeneration.Gimp3 ? "3" : "2.10");

    /// <summary>Copies the plug-in into a profile, in place of an older one.</summary>
    /// <exception cref="CommandFailure">Files are missing, or the profile cannot be written.</exception>
    public void Install(GimpProfile profile)
    {
        if (!File.Exists(Path.Combine(Source, Program)))
            throw new CommandFailure(ExitCode.PlugInFailed, $"The plug-in's files are not in {Source}; install koala-client whole.");
        try
        {
            Uninstall(profile);
            Directory.CreateDirectory(profile.PlugInFolder);
            foreach (var file in Files())
            {
                var target = Path.Combine(profile.PlugInFolder, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Path.Combine(Source, file), target);
            }
            File.WriteAllText(Path.Combine(profile.PlugInFolder, ClientPath), Environment.ProcessPath + "\n");
            if (!OperatingSystem.IsWindows())
                // GIMP passes over a file without this, and says nothing.
                File.SetUnixFileMode(Path.Combine(profile.PlugInFolder, Program), Executable);
            if (generation == GimpGeneration.Gimp210)
            {
                Directory.CreateDirectory(Path.Combine(profile.Folder, "scripts"));
                File.Copy(Path.Combine(Source, Script), Path.Combine(profile.Folder, "scripts", Script), overwrite: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.PlugInFailed, $"{profile.PlugInFolder} cannot be written: {error.Message.TrimEnd('.')}; close GIMP and check the folder's permissions.", error);
        }
    }

    /// <summary>Removes the plug-in from a profile; whether it was there.</summary>
    public bool Uninstall(GimpProfile profile)
    {
        var script = Path.Combine(profile.Folder, "scripts", Script);
        if (generation == GimpGeneration.Gimp210 && File.Exists(script))
            File.Delete(script);
        if (!Directory.Exists(profile.PlugInFolder))
            return false;
        Directory.Delete(profile.PlugInFolder, recursive: true);
        return true;
    }

    /// <summary>What is wrong with the plug-in in a profile; null where nothing is.</summary>
    public string? Problem(GimpProfile profile)
    {
        var program = Path.Combine(profile.PlugInFolder, Program);
        if (!File.Exists(program))
            return $"not installed ({program} is missing)";
        if (!OperatingSystem.IsWindows() && !File.GetUnixFileMode(program).HasFlag(UnixFileMode.UserExecute))
            return $"{program} is not executable, and GIMP passes over it";
        if (Files().FirstOrDefault(file => !Same(Path.Combine(Source, file), Path.Combine(profile.PlugInFolder, file))) is { } other)
            return $"{other} is of another version";
        var client = Path.Combine(profile.PlugInFolder, ClientPath);
        var path = File.Exists(client) ? File.ReadAllText(client).Trim() : "";
        return File.Exists(path) ? null : $"{client} names '{path}', where no koala-client is";
    }

    private IEnumerable<string> Files() => Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Source, file)).Where(file => file != Script);

    private static bool Same(string one, string other) =>
        File.Exists(other) && File.ReadAllBytes(one).AsSpan().SequenceEqual(File.ReadAllBytes(other));
}
