using Koala.TestFiles;
using Koala.Training.Stages;

namespace Koala.Training.Tests;

public class NumberUseTests
{
    [Fact]
    public void Training_UsesNumbersThatLiveLongEnough() => Assert.Empty(NumberOperations.In(typeof(Trainer).Assembly));
}
