using Koala.Training.Degradation;

namespace Koala.Training.Tests.Degradation;

public sealed class KernelTableTests
{
    [Fact]
    public void Read_TheTableOfTheProgram_HasTheFirstKernel()
    {
        var table = KernelTable.Read(Path.Combine(AppContext.BaseDirectory, "Evaluation", "evaluation-kernels.tsv"));
        Assert.Equal(200, table.Count);
        Assert.Equal(2.285491314923834, table[0].Sigma1, 12);
        Assert.Equal(0.6847299938140169, table[0].Theta, 12);
    }

    [Fact]
    public void Read_NoHeadings_SaysSo()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.Sub("table.tsv"), "0\t1\t2\t0.5\n1\t1\t2\t0.5\n");
        Assert.Contains("expected headings", Assert.Throws<InvalidDataException>(() => KernelTable.Read(folder.Sub("table.tsv"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("0")]
    public void Read_BadRow_NamesItsLine(string sigma)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.Sub("table.tsv"), $"image\tsigma1\tsigma2\ttheta\n0\t1\t2\t0.5\n1\t{sigma}\t2\t0.5\n");
        var e = Assert.Throws<InvalidDataException>(() => KernelTable.Read(folder.Sub("table.tsv")));
        Assert.Contains("line 3", e.Message, StringComparison.Ordinal);
    }
}
