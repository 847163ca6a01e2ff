using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Koala.Client;

/// <summary>
/// Standard input, output and error of this program, kept from a program that it starts: .NET lets a child inherit all that can be inherited, and
/// whoever reads our output to its end would wait for the worker.
/// </summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsHandles
{
    private const uint Inherit = 1;

    // STD_INPUT_HANDLE, STD_OUTPUT_HANDLE and STD_ERROR_HANDLE.
    private static readonly int[] Standard = [-10, -11, -12];

    /// <summary>Runs <paramref name="start"/> while they cannot be inherited.</summary>
    public static T WithoutInheritance<T>(Func<T> start)
    {
        // A program without a console may have none of them.
        nint[] inherited = [.. Standard.Select(GetStdHandle).Where(handle => GetHandleInformation(handle, out var flags) != 0 && (flags & Inherit) != 0)];
        foreach (var handle in inherited)
            _ = SetHandleInformation(handle, Inherit, 0);
        try
        {
            return start();
        }
        finally
        {
            foreach (var handle in inherited)
                _ = SetHandleInformation(handle, Inherit, Inherit);
        }
    }

    [LibraryImport("kernel32")]
    private static partial nint GetStdHandle(int number);

    [LibraryImport("kernel32")]
    private static partial int GetHandleInformation(nint handle, out uint flags);

    [LibraryImport("kernel32")]
    private static partial int SetHandleInformation(nint handle, uint mask, uint flags);
}
