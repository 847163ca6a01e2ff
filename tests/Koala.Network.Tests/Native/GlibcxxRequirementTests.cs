using Koala.Network.Native;

namespace Koala.Network.Tests.Native;

public sealed class GlibcxxRequirementTests
{
    private static string Library => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void MakeWeak_TheShippedLibrary_ChangesOneFlagOnce()
    {
        Assert.SkipUnless(File.Exists(Library), "no Linux library in the output");
        var original = File.ReadAllBytes(Library);
        var patched = original.ToArray();
        Assert.True(GlibcxxRequirement.MakeWeak(patched));
        var changed = Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i]).ToArray();
        Assert.Single(changed);
        Assert.Equal(original[changed[0]] | 2, patched[changed[0]]);
        Assert.False(GlibcxxRequirement.MakeWeak(patched));
    }

    [Fact]
    public void MakeWeak_NoElfFile_Throws()
    {
        Assert.Throws<InvalidDataException>(() => GlibcxxRequirement.MakeWeak(new byte[10]));
        Assert.Throws<InvalidDataException>(() => GlibcxxRequirement.MakeWeak(new byte[1000]));
    }

    [Fact]
    public void MakeWeak_EveryTruncation_ThrowsOrLeavesIt()
    {
        Assert.SkipUnless(File.Exists(Library), "no Linux library in the output");
        var original = File.ReadAllBytes(Library);
        foreach (var length in Enumerable.Range(0, 20).Select(i => original.Length * i / 20))
        {
            var part = original[..length];
            Assert.Throws<InvalidDataException>(() => GlibcxxRequirement.MakeWeak(part));
            Assert.Equal(original[..length], part);
        }
    }
}
