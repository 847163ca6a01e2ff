using Koala.Imaging;

namespace Koala.Client.CommandLine.Tests;

public class ExitCodeTests
{
    [Fact]
    public void Of_EveryReason_HasACodeOfItsOwn()
    {
        var codes = Enum.GetValues<ImageFileError>().Select(ExitCodes.Of).ToList();

        Assert.DoesNotContain(ExitCode.Unexpected, codes);
        Assert.Distinct(codes);
    }

    [Theory]
    [InlineData(KoalaErrorKind.WorkerUnavailable, ExitCode.WorkerUnavailable, ExitCode.WorkerLost)]
    [InlineData(KoalaErrorKind.ProtocolError, ExitCode.WorkerAddressTaken, ExitCode.WorkerFailed)]
    [InlineData(KoalaErrorKind.InvalidInput, ExitCode.WorkerAddressTaken, ExitCode.Usage)]
    public void Of_TheSameError_DependsOnWhetherTheWorkIsUnderWay(KoalaErrorKind kind, object before, object during) =>
        Assert.Equal((before, during), (ExitCodes.OfContact(kind), ExitCodes.OfWork(kind)));
}
