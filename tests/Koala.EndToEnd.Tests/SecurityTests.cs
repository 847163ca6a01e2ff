using System.Net;
using System.Net.Sockets;
using Koala.TestFiles;

namespace Koala.EndToEnd.Tests;

/// <summary>A worker for other machines, as the programs are used.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Worker_BeyondThisMachineWithoutSecurity_RefusesToStartAndSaysHow()
    {
        TestCertificates.WriteSelfSigned(_desk.File("worker.pem"));
        foreach (var (expected, arguments) in new (string, string[])[]
        {
            ("use https://0.0.0.0:5 with --certificate and --token-file", ["--listen", "http://0.0.0.0:5"]),
            ("name it with --certificate FILE", ["--listen", "https://0.0.0.0:5"]),
            ("name a token with --token-file FILE or KOALA_TOKEN", ["--listen", "https://0.0.0.0:5", "--certificate", "worker.pem"]),
        })
        {
            using var worker = _desk.StartProcess(Repository.WorkerProgram, arguments);
            var error = await worker.StandardError.ReadToEndAsync();
            await worker.WaitForExitAsync();
            Assert.Equal(2, worker.ExitCode);
            Assert.Contains(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Upscale_OverTlsWithAToken_WorksAndWithoutIsRefused()
    {
        TestCertificates.WriteSelfSigned(_desk.File("worker.pem"));
        TestCertificates.WriteSelfSigned(_desk.File("other.pem"));
        WriteToken("token", "a-token-of-the-tests");
        WriteToken("other", "another-of-the-tests");
        var address = $"https://127.0.0.1:{FreePort()}";
        using var worker = _desk.StartProcess(
            Repository.WorkerProgram, "--listen", address, "--certificate", "worker.pem", "--token-file", "token", "--device", "cpu");
        var log = worker.StandardError.ReadToEndAsync();
        try
        {
            var photo = _desk.Picture("photo.png", 16, 16);
            string[] Arguments(string ca, string token) => ["--worker", address, "--ca", ca, "--token-file", token];
            Outcome status;
            do
                status = await _desk.RunAsync(["status", .. Arguments("worker.pem", "token")]);
            while (status.ExitCode == 33);
            Assert.True(status.ExitCode == 0, status.ToString());

            var outcome = await _desk.RunAsync(["upscale", photo, "-o", _desk.File("out.png"), .. Arguments("worker.pem", "token")]);
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            foreach (var (expected, arguments) in new (string, string[])[]
            {
                ("--token-file", Arguments("worker.pem", "other")),
                ("--token-file", ["--worker", address, "--ca", "worker.pem"]),
                ("--ca", Arguments("other.pem", "token")),
                ("--ca", ["--worker", address, "--token-file", "token"]),
            })
            {
                outcome = await _desk.RunAsync(["upscale", photo, "-o", _desk.File("refused.png"), .. arguments]);
                Assert.True(outcome.ExitCode == 34, outcome.ToString());
                Assert.Contains(expected, Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            }
            Assert.False(File.Exists(_desk.File("refused.png")));
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync();
        }
        Assert.DoesNotContain("a-token-of-the-tests", await log, StringComparison.Ordinal);
    }

    private void WriteToken(string name, string token)
    {
        File.WriteAllText(_desk.File(name), token + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_desk.File(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    internal static int FreePort() => FreePorts(1)[0];

    /// <summary>Different ones: each is held until all are chosen.</summary>
    internal static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
