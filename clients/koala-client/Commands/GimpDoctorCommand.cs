using System.CommandLine;
using Koala.Client.CommandLine.Gimp;

namespace Koala.Client.CommandLine.Commands;

/// <summary><c>koala-client gimp doctor</c>: every link from GIMP to the device, and whether it holds.</summary>
internal static class GimpDoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var worker = new WorkerOptions();
        var command = new Command("doctor", "Checks everything between GIMP and the device, and says what to do about what fails. Starts a worker if none runs.");
        worker.AddAllTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var failed = false;
            Report(true, $"koala-client is {Environment.ProcessPath}");
            var address = worker.Address(parsed);
            try
            {
                var status = await WorkerLauncher.EnsureRunningAsync(address, worker.Start(parsed), _ => { }, cancellationToken);
                Report(true, $"the worker at {address} answers");
                Report(true, $"its device is {status.Device}");
                foreach (var model in status.Models)
                    Report(true, $"it has {model.Name} (×{model.Scale})");
            }
            catch (KoalaException error)
            {
                Report(false, error.Message);
            }

            var profiles = GimpProfile.All();
            if (profiles.Count == 0)
                Report(false, "no GIMP of yours was found; start GIMP once, which makes its folder");
            foreach (var profile in profiles)
            {
                var plugIn = new GimpPlugIn(profile.Generation);
                var problem = plugIn.Problem(profile);
                Report(problem is null, $"{profile.Name}: {problem ?? $"the plug-in is whole in {profile.PlugInFolder}"}{(problem is null ? "" : "; run 'koala-client gimp install'")}");
                if (problem is not null)
                    continue;
                if (profile.Sandbox != GimpSandbox.None || GimpProgram.Find(profile.Generation) is not { } gimp)
                {
                    terminal.Out.WriteLine(
                        $"?     {profile.Name}: could not be asked ({(profile.Sandbox != GimpSandbox.None ? $"{profile.Sandbox} shuts it off" : "no console program of it was found")}); look into Filters > Enhance");
                    continue;
                }
                switch (await gimp.ListsAsync(plugIn.Procedure, cancellationToken))
                {
                    case true:
                        Report(true, $"{profile.Name}: {gimp.Path} lists {plugIn.Procedure}");
                        break;
                    case false:
                        Report(false, $"{profile.Name}: {gimp.Path} does not list {plugIn.Procedure}; run '{gimp.Path} --verbose' and look for the plug-in's name");
                        break;
                    default:
                        terminal.Out.WriteLine($"?     {profile.Name}: {gimp.Path} gave no answer");
                        break;
                }
            }
            return (int)(failed ? ExitCode.PlugInFailed : ExitCode.Success);

            void Report(bool good, string text)
            {
                failed |= !good;
                terminal.Out.WriteLine($"{(good ? "ok   " : "FAIL ")} {text}");
            }
        });
        return command;
    }
}
