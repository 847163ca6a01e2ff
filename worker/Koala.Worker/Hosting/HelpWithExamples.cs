using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Koala.Worker.Hosting;

/// <summary>What <c>--help</c> prints: the options, then examples and exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction options) : SynchronousCommandLineAction
{
    private const string Text = """
        Examples:
          koala-worker
              Serves this user's programs and leaves after 10 minutes without work.
          koala-worker --idle-timeout 0 --device cuda:1 --precision bf16
              Stays for good, on the second GPU, in bf16.
          koala-worker --listen http://127.0.0.1:5056 --models ~/koala-models
              Listens on a port of this machine, with weights from another folder.
          koala-worker --listen https://0.0.0.0:5443 --certificate worker.pem --certificate-key worker.key --token-file token
              Serves other machines: encrypted, and only those who know the token ('openssl rand -hex 32 > token').
          koala-worker --idle-timeout 0 --status-page http://127.0.0.1:9465 --metrics http://127.0.0.1:9465
              Shows in a browser what it does, and tells Prometheus.
          koala-worker --config /etc/koala/worker.json
              Options from a file: { "listen": "https://0.0.0.0:5443", "certificate": "worker.pem", "certificate-key": "worker.key", "token-file": "token" }

        Exit codes:
          0  stopped as told, or after its idle time
          2  wrong command line
          3  a Koala worker is running already on the endpoint
          4  the endpoint is another program's, or not safe to use
          5  no model could be loaded, or the device is missing or failed
        """;

    public override int Invoke(ParseResult parseResult)
    {
        var result = options.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(Text);
        return result;
    }
}
