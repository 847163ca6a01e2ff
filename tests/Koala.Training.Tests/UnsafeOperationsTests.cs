using Koala.TestFiles;
using Koala.Training.Stages;

namespace Koala.Training.Tests;

public class UnsafeOperationsTests
{
    [Fact]
    public void Training_UsesNone() => Assert.Empty(UnsafeOperations.In(typeof(Trainer).Assembly));
}
