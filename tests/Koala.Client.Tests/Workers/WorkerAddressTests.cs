using Koala.Protocol;

namespace Koala.Client.Tests.Workers;

public class WorkerAddressTests
{
    [Theory]
    [InlineData("unix:/run/koala/worker.sock", WorkerTransport.UnixSocket, "/run/koala/worker.sock")]
    [InlineData("pipe:koala-worker-ann", WorkerTransport.NamedPipe, "koala-worker-ann")]
    [InlineData("http://127.0.0.1:5005", WorkerTransport.Http, "http://127.0.0.1:5005")]
    [InlineData("http://gpu.example:80/", WorkerTransport.Http, "http://gpu.example")]
    [InlineData("https://gpu.example:5443", WorkerTransport.Https, "https://gpu.example:5443")]
    [InlineData("http://a:1, http://b:2/,http://a:1", WorkerTransport.Http, "http://a:1,http://b:2,http://a:1")]
    [InlineData("https://a:1,https://[::1]:2", WorkerTransport.Https, "https://a:1,https://[::1]:2")]
    [InlineData("dns:///workers.example:5443", WorkerTransport.Https, "dns:///workers.example:5443")]
    public void Parse_OfAnAddress_IsReadBack(string text, WorkerTransport transport, string target)
    {
        var address = WorkerAddress.Parse(text);

        Assert.Equal((transport, target), (address.Transport, address.Target));
        Assert.Equal(address, WorkerAddress.Parse(address.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix:")]
    [InlineData("pipe:")]
    [InlineData("pipe:../a")]
    [InlineData("https://name:word@host:1")]
    [InlineData("http://host:1/path")]
    [InlineData("http://a:1,")]
    [InlineData("http://a:1,https://b:1")]
    [InlineData("http://a:1,unix:/run/worker.sock")]
    [InlineData("https://a:1,dns:///b:1")]
    [InlineData("dns:///workers.example")]
    [InlineData("dns:///workers.example:5443/path")]
    [InlineData("dns://server/workers.example:5443")]
    [InlineData("/run/worker.sock")]
    public void Parse_OfSomethingElse_SaysWhatIsExpected(string text) =>
        Assert.StartsWith("Expected ", Assert.Throws<FormatException>(() => WorkerAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("unix:/run/a,b.sock", false)]
    [InlineData("http://a:1", false)]
    [InlineData("http://a:1,http://b:1", true)]
    [InlineData("dns:///workers.example:5443", true)]
    public void IsSeveral_OfAListOrAName_IsTrue(string text, bool expected) => Assert.Equal(expected, WorkerAddress.Parse(text).IsSeveral);

    [Fact]
    public void Parse_OfAPathTooLongForASocket_Throws() =>
        Assert.Throws<FormatException>(() => WorkerAddress.Parse("unix:/" + new string('a', 200)));

    [Fact]
    public void CheckAccess_TokenOverAnOpenNetwork_IsRefused()
    {
        var access = new WorkerAccess { Token = "a-token-of-the-tests" };
        foreach (var text in (string[])["http://127.0.0.1:1", "http://localhost:1", "https://gpu.example:1", "unix:/run/worker.sock"])
            (WorkerAddress.Parse(text) with { Access = access }).CheckAccess();

        Assert.Throws<KoalaException>((WorkerAddress.Parse("http://localhost:1,http://gpu.example:1") with { Access = access }).CheckAccess);
        (WorkerAddress.Parse("http://localhost:1,http://127.0.0.1:2") with { Access = access }).CheckAccess();
        (WorkerAddress.Parse("dns:///gpu.example:1") with { Access = access }).CheckAccess();
        var exception = Assert.Throws<KoalaException>((WorkerAddress.Parse("http://gpu.example:1") with { Access = access }).CheckAccess);

        Assert.Contains("unencrypted", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(access.Token, exception.Message + access + (WorkerAddress.Parse("http://gpu.example:1") with { Access = access }), StringComparison.Ordinal);
    }

    [Fact]
    public void CheckAccess_FileThatIsNoCertificate_IsNamed()
    {
        using var folder = new Fakes.TemporaryFolder();
        File.WriteAllText(folder["ca.pem"], "no certificate");
        var address = WorkerAddress.Parse("https://gpu.example:1");
        foreach (var access in (WorkerAccess[])[new() { AuthorityFile = folder["none.pem"] }, new() { AuthorityFile = folder["ca.pem"] }, new() { CertificateFile = folder["ca.pem"] }])
            Assert.Equal(KoalaErrorKind.InvalidInput, Assert.Throws<KoalaException>((address with { Access = access }).CheckAccess).Kind);
    }

    [Fact]
    public void Default_FollowsTheEnvironment()
    {
        var before = Environment.GetEnvironmentVariable(WorkerAddress.EnvironmentVariable);
        try
        {
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, null);
            if (!OperatingSystem.IsWindows())
                Assert.Equal("unix:" + DefaultEndpoint.SocketPath, WorkerAddress.Default.ToString());
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, "http://host:1");
            Assert.Equal("http://host:1", WorkerAddress.Default.ToString());
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, "nonsense");
            Assert.Equal(KoalaErrorKind.InvalidInput, Assert.Throws<KoalaException>(() => WorkerAddress.Default).Kind);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, before);
        }
    }
}
