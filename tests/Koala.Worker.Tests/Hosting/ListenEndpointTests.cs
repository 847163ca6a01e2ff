using Koala.Worker.Hosting;

namespace Koala.Worker.Tests.Hosting;

public sealed class ListenEndpointTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5056", "http://127.0.0.1:5056")]
    [InlineData("http://localhost:5056", "http://127.0.0.1:5056")]
    [InlineData("http://[::1]:5056", "http://[::1]:5056")]
    [InlineData("https://0.0.0.0:5443", "https://0.0.0.0:5443")]
    [InlineData("https://[::]:5443", "https://[::]:5443")]
    [InlineData("https://192.168.0.1:5443", "https://192.168.0.1:5443")]
    public void Parse_Port_IsTaken(string text, string expected) =>
        Assert.Equal(expected, ListenEndpoint.Parse(text).ToString());

    [Theory]
    [InlineData("http://0.0.0.0:5056", "could be reached from other machines")]
    [InlineData("http://192.168.0.1:5056", "could be reached from other machines")]
    [InlineData("http://example.org:5056", "expected the number of an address")]
    [InlineData("https://example.org:5056", "expected the number of an address")]
    [InlineData("https://0.0.0.0", "expected https://ADDRESS:PORT")]
    [InlineData("http://127.0.0.1", "expected http://127.0.0.1:PORT")]
    [InlineData("http://127.0.0.1:5056/path", "expected http://127.0.0.1:PORT")]
    [InlineData("5056", "expected unix:/path")]
    public void Parse_Other_SaysWhatIsExpected(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => ListenEndpoint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_SocketPath_MustBeAbsoluteAndFitTheKernel()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sockets are for Linux");
        Assert.Equal("unix:/run/koala/worker.sock", ListenEndpoint.Parse("unix:/run/koala/worker.sock").ToString());
        foreach (var text in (string[])["unix:", "unix:worker.sock", "unix:/run/", $"unix:/{new string('x', 107)}", "pipe:name"])
            Assert.Throws<FormatException>(() => ListenEndpoint.Parse(text));
    }
}
