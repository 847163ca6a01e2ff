using System.CommandLine;
using Koala.Client.CommandLine.Gimp;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client gimp install|uninstall|doctor</c></summary>
internal static class GimpCommand
{
    public static Command Create(Terminal terminal) => new("gimp", "Puts the plug-ins into GIMP 2.10 and 3, and finds out why one does not work.")
    {
        Install(terminal),
        Uninstall(terminal),
        GimpDoctorCommand.Create(terminal),
    };

    private static Command Install(Terminal terminal)
    {
        var command = new Command("install", "Copies the plug-ins into every GIMP of yours and asks GIMP whether it sees them.");
        command.SetAction(async (_, cancellationToken) =>
        {
            var code = ExitCode.Success;
            foreach (var profile in Profiles())
            {
                var plugIn = new GimpPlugIn(profile.Generation);
                plugIn.Install(profile);
                terminal.Out.WriteLine($"{profile.Name}: installed in {profile.PlugInFolder}");
                if (profile.Sandbox != GimpSandbox.None)
                {
                    terminal.Out.WriteLine(profile.Sandbox == GimpSandbox.Flatpak
                        ? $"{profile.Name}: permit it to start koala-client: flatpak override --user --talk-name=org.freedesktop.Flatpak org.gimp.GIMP"
                        : $"{profile.Name}: it cannot start koala-client; use a GIMP from elsewhere.");
                    continue;
                }
                if (GimpProgram.Find(profile.Generation) is not { } gimp)
                {
                    terminal.Out.WriteLine($"{profile.Name}: could not be asked (no console program of it was found); start GIMP and look into Filters > Enhance.");
                    continue;
                }
                var lists = await gimp.ListsAsync(plugIn.Procedure, cancellationToken);
                terminal.Out.WriteLine(lists switch
                {
                    true => $"{profile.Name}: sees it; look into Filters > Enhance.",
                    false => $"{profile.Name}: does not see it; run 'koala-client gimp doctor'.",
                    null => $"{profile.Name}: gave no answer; start GIMP and look into Filters > Enhance.",
                });
                if (lists == false)
                    code = ExitCode.PlugInFailed;
            }
            return (int)code;
        });
        return command;
    }

    private static Command Uninstall(Terminal terminal)
    {
        var command = new Command("uninstall", "Removes the plug-ins from every GIMP of yours.");
        command.SetAction(_ =>
        {
            foreach (var profile in GimpProfile.All())
                terminal.Out.WriteLine(new GimpPlugIn(profile.Generation).Uninstall(profile)
                    ? $"{profile.Name}: removed from {profile.PlugInFolder}"
                    : $"{profile.Name}: was not installed");
            return (int)ExitCode.Success;
        });
        return command;
    }

    private static IReadOnlyList<GimpProfile> Profiles() => GimpProfile.All() is { Count: > 0 } profiles
        ? profiles
        : throw new CommandFailure(
            ExitCode.PlugInFailed,
            "No GIMP of yours was found; start GIMP 2.10 or 3 once, which makes its folder, or name that folder in GIMP2_DIRECTORY or GIMP3_DIRECTORY.");
}
