using Koala.Client.CommandLine.Folders;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.CommandLine.Tests.Folders;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Take_Twice_IsRefusedUntilTheFirstIsFreed()
    {
        using (FolderLock.Take(_folder.Path, null))
            AssertBusy(null);

        FolderLock.Take(_folder.Path, null).Dispose();
    }

    [Fact]
    public void Take_Parts_RunBesideEachOtherButNotBesideTheWhole()
    {
        using var first = FolderLock.Take(_folder.Path, new Shard(1, 2));
        using var second = FolderLock.Take(_folder.Path, new Shard(2, 2));

        AssertBusy(new Shard(2, 2));
        AssertBusy(null);
    }

    [Fact]
    public void Take_FolderThatCannotBeWrittenTo_SaysSo()
    {
        Assert.SkipUnless(Directory.Exists("/sys/kernel"), "needs Linux's /sys");

        Assert.Equal(ExitCode.OutputNotWritable, Assert.Throws<CommandFailure>(() => FolderLock.Take("/sys/kernel", null)).Code);
    }

    private void AssertBusy(Shard? shard) =>
        Assert.Equal(ExitCode.OutputFolderBusy, Assert.Throws<CommandFailure>(() => FolderLock.Take(_folder.Path, shard)).Code);
}
