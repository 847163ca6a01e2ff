using System.Globalization;
using System.Net;
using Koala.Worker.Batching;
using Koala.Worker.Hosting;
using Koala.Worker.Inference;
using Koala.Worker.Service;
using Microsoft.AspNetCore.Http.Features;

namespace Koala.Worker.Page;

/// <summary>
/// Serves the status page at its own port and at no other: its files, <c>GET /status</c> as JSON, and
/// <c>POST /try?scale=4&amp;width=W&amp;height=H</c>, which takes W·H·3 bytes of RGB rows and answers with the enlarged ones.
/// </summary>
internal sealed class StatusPage(RequestDelegate next, WorkerOptions options, LiveStatusSource status, TryOut tryOut, WorkerLifecycle lifecycle)
{
    // A type that a page of another site cannot send without asking first, which is never granted.
    private const string Pixels = "application/octet-stream";

    private readonly int _port = options.StatusPage!.Port!.Value;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (context.Connection.LocalPort != _port)
            return next(context);
        if (!request.IsHttps && !IsThisMachine(request.Host.Host))
            return ToldAsync(context, HttpStatusCode.Forbidden, "this page is for the programs of its machine: open it as http://127.0.0.1 or localhost");
        SetHeaders(context.Response.Headers);
        if (HttpMethods.IsPost(request.Method) && request.Path == "/try")
            return TryAsync(context);
        if (!HttpMethods.IsGet(request.Method))
            return next(context);
        if (request.Path == "/status")
            return context.Response.WriteAsJsonAsync(status.Now());
        return PageFiles.Find(request.Path.Value) is var (type, bytes) ? SendAsync(context, type, bytes) : next(context);
    }

    /// <summary>A name that leads here from elsewhere would give a foreign page the rights of this one (DNS rebinding).</summary>
    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private async Task TryAsync(HttpContext context)
    {
        try
        {
            var (scale, width, height) = (Number(context, "scale"), Number(context, "width"), Number(context, "height"));
            if (tryOut.LargestSide is var side && (width < 1 || width > side || height < 1 || height > side))
                throw new ArgumentException($"expected a picture with sides of 1 to {side} pixels, got {width}x{height}");
            var rgb = new byte[Expect(context, width * height * 3)];
            await context.Request.Body.ReadExactlyAsync(rgb, context.RequestAborted);
            var client = context.Connection.RemoteIpAddress!.ToString();
            var enlarged = await tryOut.RunAsync(client, scale, width, height, rgb, context.RequestAborted);
            context.Response.Headers["Server-Timing"] = string.Create(
                CultureInfo.InvariantCulture,
                $"queue;dur={enlarged.Cost.Queued.TotalMilliseconds:F1}, compute;dur={enlarged.Cost.Computed.TotalMilliseconds:F1}");
            context.Response.Headers["Koala-Model"] = enlarged.Model;
            await SendAsync(context, Pixels, enlarged.Pixels);
        }
        catch (Exception e) when (StatusOf(e) is { } code && !context.RequestAborted.IsCancellationRequested)
        {
            await ToldAsync(context, code, e.Message);
        }
    }

    private static int Number(HttpContext context, string name) =>
        int.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new ArgumentException($"{name}: expected a whole number, got '{context.Request.Query[name]}'");

    /// <summary>Refuses what is not so many bytes of pixels, before any are read.</summary>
    private static int Expect(HttpContext context, int bytes)
    {
        if (context.Request.ContentType != Pixels)
            throw new ArgumentException($"expected {Pixels}, got '{context.Request.ContentType}'");
        if (context.Request.ContentLength != bytes)
            throw new ArgumentException($"expected {bytes} bytes, got {context.Request.ContentLength?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number"}");
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = bytes;
        return bytes;
    }

    private HttpStatusCode? StatusOf(Exception exception) => exception switch
    {
        ArgumentException => HttpStatusCode.BadRequest,
        ModelNotFoundException => HttpStatusCode.NotFound,
        LimitException => HttpStatusCode.TooManyRequests,
        WorkerStoppingException or TryOutException { Kind: TileFailureKind.Device } => HttpStatusCode.ServiceUnavailable,
        OperationCanceledException when lifecycle.Aborted.IsCancellationRequested => HttpStatusCode.ServiceUnavailable,
        TryOutException => HttpStatusCode.InternalServerError,
        _ => null,
    };

    private static Task ToldAsync(HttpContext context, HttpStatusCode code, string problem)
    {
        context.Response.StatusCode = (int)code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(problem);
    }

    private static Task SendAsync(HttpContext context, string type, byte[] bytes)
    {
        (context.Response.ContentType, context.Response.ContentLength) = (type, bytes.Length);
        return context.Response.Body.WriteAsync(bytes).AsTask();
    }
}
