using System.Text.RegularExpressions;
using Grpc.Core;

namespace Koala.Worker.Service;

/// <summary>What the logs of client and worker have in common.</summary>
internal static partial class RequestId
{
    /// <summary>The header in which a client sends it.</summary>
    public const string Header = "koala-request-id";

    /// <summary>The client's, where it is one: nothing else of a stranger's gets into the log.</summary>
    public static string Of(ServerCallContext context) =>
        context.RequestHeaders.GetValue(Header) is { } id && Safe().IsMatch(id) ? id : "(unnamed)";

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$")]
    private static partial Regex Safe();
}
