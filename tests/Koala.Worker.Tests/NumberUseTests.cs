using Koala.TestFiles;
using Koala.Worker.Inference;

namespace Koala.Worker.Tests;

public class NumberUseTests
{
    [Fact]
    public void Worker_UsesNumbersThatLiveLongEnough() => Assert.Empty(NumberOperations.In(typeof(TorchEngine).Assembly));
}
