using Koala.Client.CommandLine.Folders;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.CommandLine.Tests.Folders;

public sealed class InputsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InputsTests() => Touch("a.jpg", "b.txt", ".hidden.jpg", "sub/c.png", "sub/deep/d.jpg", ".git/e.jpg", "sub/ü 日本.jpg");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Expand_Folder_IsItsOwnFilesByName() => Assert.Equal(["a.jpg", "b.txt"], Places(recursive: false, _folder.Path));

    [Fact]
    public void Expand_FolderRecursively_KeepsItsTreeAndLeavesHiddenNamesOut() =>
        Assert.Equal(["a.jpg", "b.txt", "sub/c.png", "sub/ü 日本.jpg", "sub/deep/d.jpg"], Places(recursive: true, _folder.Path));

    [Fact]
    public void Expand_FolderRecursively_LeavesTheTilesOfDeepZoomImagesOut()
    {
        Touch("zoom/map.dzi", "zoom/map_files/0/0_0.jpg", "zoom/other_files/f.jpg");

        Assert.Equal(["map.dzi", "other_files/f.jpg"], Places(recursive: true, _folder["zoom"]));
    }

    [Fact]
    public void Expand_SeveralFolders_TellsThemApartByTheirNames()
    {
        Touch("other/a.jpg");

        Assert.Equal(["other/a.jpg", "deep/d.jpg"], Places(recursive: false, _folder["other"], _folder["sub/deep"] + "/"));
    }

    [Theory]
    [InlineData("*.jpg", "a.jpg")]
    [InlineData("?.*", "a.jpg|b.txt")]
    [InlineData("**/*.jpg", "a.jpg|sub/ü 日本.jpg|sub/deep/d.jpg")]
    [InlineData("sub/**", "c.png|ü 日本.jpg|deep/d.jpg")]
    [InlineData("s*/*.png", "sub/c.png")]
    [InlineData("s?b/deep/*", "sub/deep/d.jpg")]
    public void Expand_Pattern_KeepsTheTreeBehindItsFixedPart(string pattern, string places) =>
        Assert.Equal(places.Split('|'), Places(recursive: false, _folder[pattern]));

    [Fact]
    public void Expand_PatternOfNothing_SaysSo()
    {
        var failure = Assert.Throws<CommandFailure>(() => Places(recursive: false, _folder["*.gif"]));

        Assert.Equal(ExitCode.InputNotFound, failure.Code);
        Assert.Contains("*.gif", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_NamesOfFiles_AreMeantBeforePatternsAndLists()
    {
        Touch("[x]*.jpg", "@list");

        Assert.Equal(["[x]*.jpg", "@list"], Places(recursive: false, _folder["[x]*.jpg"], _folder["@list"]));
    }

    [Fact]
    public void Expand_List_KeepsFoldersOfRelativePathsOnly()
    {
        File.WriteAllText(_folder["list.txt"], $"x/y.jpg\r\n\n./z.jpg\n../up.jpg\n{_folder["sub/c.png"]}\n@odd.jpg\n");

        Assert.Equal(["x/y.jpg", "z.jpg", "up.jpg", "c.png", "@odd.jpg"], Places(recursive: false, "@" + _folder["list.txt"]));
    }

    [Theory]
    [InlineData("one.jpg\ntwo.jpg\n")]
    [InlineData("one.jpg\0two.jpg\0")]
    public void Expand_ListFromStandardInput_IsRead(string text) =>
        Assert.Equal(["one.jpg", "two.jpg"], new Inputs(false, "out", new StringReader(text)).Expand(["@-"]).Select(file => file.Path));

    [Fact]
    public void Expand_MissingList_SaysHowToNameAFileLikeThat()
    {
        var failure = Assert.Throws<CommandFailure>(() => Places(recursive: false, "@none.txt"));

        Assert.Equal(ExitCode.InputNotFound, failure.Code);
        Assert.Contains("'./@none.txt'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_SameFileTwice_IsOnce() => Assert.Equal(["a.jpg", "b.txt"], Places(recursive: false, _folder["a.jpg"], _folder.Path, _folder["sub/../a.jpg"]));

    [Fact]
    public void Expand_StandardInputAmongOthers_IsRefused() =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<CommandFailure>(() => Places(recursive: false, _folder["a.jpg"], "-")).Code);

    [Fact]
    public void Expand_LinksInCircles_Ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links take rights of their own on Windows");
        Directory.CreateSymbolicLink(_folder["sub/up"], _folder.Path);
        Directory.CreateSymbolicLink(_folder["sub/loop"], _folder["sub/loop"]);
        Touch("elsewhere/f.jpg");
        Directory.CreateSymbolicLink(_folder["sub/linked"], _folder["elsewhere"]);

        var places = Places(recursive: true, _folder["sub"]);

        Assert.Contains("linked/f.jpg", places);
        // The folder itself is one that "up" leads to, but not a second time what it has been entered through.
        Assert.Contains("up/elsewhere/f.jpg", places);
        Assert.DoesNotContain(places, place => place.StartsWith("up/sub", StringComparison.Ordinal));
    }

    [Fact]
    public void Expand_OutputFolderInside_IsNotEntered()
    {
        Touch("out/a_x4.jpg");

        var files = new Inputs(recursive: true, _folder["out"], TextReader.Null).Expand([_folder.Path]);

        Assert.DoesNotContain(files, file => file.PortablePath.StartsWith("out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a.jpg", true)]
    [InlineData("none.jpg", true)]
    [InlineData("-", true)]
    [InlineData("sub", false)]
    [InlineData("*.jpg", false)]
    public void IsOnePhoto_Argument_IsToldFromFoldersAndPatterns(string argument, bool one) =>
        Assert.Equal(one, Inputs.IsOnePhoto(argument == "-" ? "-" : _folder[argument]));

    private static string[] Places(bool recursive, params string[] arguments) =>
        [.. new Inputs(recursive, "out", TextReader.Null).Expand(arguments).Select(file => file.PortablePath)];

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            File.WriteAllText(_folder[name], name);
        }
    }
}
