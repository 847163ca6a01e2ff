using System.Net.Sockets;
using Grpc.Core;
using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Workers;

public class WorkerConnectionTests
{
    [Fact]
    public async Task Open_SocketOfThisUser_KnowsTheProcessAtTheOtherEnd()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not tell.");
        using var folder = new TemporaryFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.Socket.Target));
        listener.Listen();

        await using var stream = await WorkerConnection.OpenAsync(folder.Socket, CancellationToken.None);

        Assert.Equal(Environment.ProcessId, WorkerConnection.PeerProcessId(stream));
    }

    [Fact]
    public void FromCall_RefusedWhileConnecting_IsTheRefusal()
    {
        var address = WorkerAddress.Parse("unix:/tmp/worker.sock");
        var refusal = WorkerConnection.BelongsToAnotherUser(address);
        var status = new Status(StatusCode.Unavailable, "", new HttpRequestException("", refusal));

        Assert.Same(refusal, WorkerErrors.FromCall(new RpcException(status), address, accepted: false));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("ended")]
    [InlineData("none")]
    public void FromCall_NoGreeting_IsAnotherProgramUnlessTheConnectionBroke(string breaking)
    {
        var broke = breaking != "none";
        var expected = broke ? KoalaErrorKind.WorkerUnavailable : KoalaErrorKind.ProtocolError;
        Exception? cause = breaking switch
        {
            "reset" => new IOException("reset", new SocketException((int)SocketError.ConnectionReset)),
            "ended" => new HttpIOException(HttpRequestError.ResponseEnded, "ended"),
            _ => null,
        };
        var greeting = new HttpRequestException(
            HttpRequestError.InvalidResponse, "no handshake", new HttpIOException(HttpRequestError.InvalidResponse, "no handshake", cause));
        var error = WorkerErrors.FromCall(
            new RpcException(new Status(StatusCode.Unavailable, "Error starting gRPC call.", greeting)), WorkerAddress.Parse("http://127.0.0.1:5011"), accepted: false);
        Assert.Equal((expected, broke), (error.Kind, error.IsTransient));
    }
}
