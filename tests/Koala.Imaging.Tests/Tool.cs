using System.Diagnostics;

namespace Koala.Imaging.Tests;

/// <summary>Programs that others made, as independent witnesses: exiftool, vipsheader, identify.</summary>
internal static class Tool
{
    /// <summary>Runs one and returns what it prints; skips the test where it is not installed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
            return output.Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed");
            throw;
        }
    }
}
