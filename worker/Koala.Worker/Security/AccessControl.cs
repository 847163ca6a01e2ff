using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Koala.Worker.Security;

/// <summary>
/// Lets through whoever may use the worker: everybody at its own socket or pipe, at a port those who send the token. The
/// health service answers all, since what balances load sends none; it tells no more than whether the worker serves.
/// </summary>
internal sealed partial class AccessControl(RequestDelegate next, SecurityOptions options, ILogger<AccessControl> logger)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const string Health = "/grpc.health.v1.Health";

    /// <summary>Notes on every connection of an endpoint that it came over a port.</summary>
    public static void MarkPort(ListenOptions listen) => listen.Use(connect => connection =>
    {
        connection.Features.Set(PortConnection.Instance);
        return connect(connection);
    });

    public Task InvokeAsync(HttpContext context)
    {
        if (options.Token is null || context.Features.Get<PortConnection>() is null || context.Request.Path.StartsWithSegments(Health))
            return next(context);
        var sent = context.Request.Headers.Authorization.ToString();
        if (TokenIn(sent) is { } token && options.Token.Equals(token))
            return next(context);
        LogRefused(context.Connection.RemoteIpAddress?.ToString() ?? "", context.Request.Path);
        return RefuseAsync(context, sent.Length == 0 ? "this worker asks for a token" : "the token is not that of this worker");
    }

    /// <summary>As programs send it, or as the password that a browser has asked its user for; null where there is none.</summary>
    private static string? TokenIn(string authorization)
    {
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization[Bearer.Length..];
        var decoded = new byte[authorization.Length];
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(authorization[Basic.Length..], decoded, out var length))
            return null;
        var credentials = Encoding.UTF8.GetString(decoded, 0, length);
        var colon = credentials.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : credentials[(colon + 1)..];
    }

    private static Task RefuseAsync(HttpContext context, string reason)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = new(["Bearer", "Basic realm=\"koala-worker: any name, the token as password\""]);
            return Task.CompletedTask;
        }
        // gRPC's "trailers only": a status without an answer is sent in the headers.
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(reason);
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Warning, "Refused {Address} at {Path}: no token, or another one")]
    private partial void LogRefused(string address, string path);

    private sealed class PortConnection
    {
        public static PortConnection Instance { get; } = new();
    }
}
