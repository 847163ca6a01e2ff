namespace Koala.Network.Tests.Checkpoints;

public sealed class WholeFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("koala-test-");

    private string FilePath => Path.Combine(_folder.FullName, "weights");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Write_FileThatExists_IsReplaced()
    {
        File.WriteAllText(FilePath, "before, and longer");
        WholeFile.Write(FilePath, file => file.Write("after"u8));
        Assert.Equal("after", File.ReadAllText(FilePath));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public void Write_FailsInTheMiddle_LeavesWhatWasThere()
    {
        File.WriteAllText(FilePath, "before");
        Assert.Throws<IOException>(() => WholeFile.Write(FilePath, file =>
        {
            file.WriteByte(1);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("before", File.ReadAllText(FilePath));
        Assert.Single(_folder.GetFiles());
    }
}
