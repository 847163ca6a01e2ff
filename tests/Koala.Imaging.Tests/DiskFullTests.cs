using System.Diagnostics;

namespace Koala.Imaging.Tests;

/// <summary>On a file system of one megabyte, which only the administrator can mount.</summary>
public sealed class DiskFullTests : TestFolder
{
    [Theory]
    [InlineData("out.png")]
    [InlineData("out.tif")]
    [InlineData("out.jpg")]
    [InlineData("out.webp")]
    public void WriteRows_DiskFull_FailsAndLeavesNothing(string name)
    {
        var small = Directory.CreateDirectory(PathOf("small")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small), "needs the right to mount");
        try
        {
            Pictures.Noise("rgb", 1200, 1000).Pngsave(PathOf("in.png"));

            Assert.Equal(
                ImageFileError.DiskFull, ErrorOf(() => Pictures.Repeat(PathOf("in.png"), Path.Combine(small, name), 1)));
            Assert.Empty(Directory.EnumerateFileSystemEntries(small));
        }
        finally
        {
            Run("umount", small);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
