using Koala.TestFiles;
using Koala.Worker.Inference;

namespace Koala.Worker.Tests;

public class UnsafeOperationsTests
{
    [Fact]
    public void Worker_UsesNone() => Assert.Empty(UnsafeOperations.In(typeof(TorchEngine).Assembly));
}
