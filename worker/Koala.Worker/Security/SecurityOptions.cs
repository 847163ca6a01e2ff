using Koala.Worker.Hosting;

namespace Koala.Worker.Security;

/// <summary>Who may use the worker over a network. Its own socket or pipe is the user's alone and needs nothing of this.</summary>
internal sealed record SecurityOptions
{
    /// <summary>PEM file of the certificate that https:// endpoints show, its chain after it. Default (null): none.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file of the certificate's key. Default (null): in the certificate's file.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>PEM file of the authorities whose client certificates are accepted, and then needed. Default (null): none are asked for.</summary>
    public string? ClientAuthority { get; init; }

    /// <summary>What a client at a port has to send. Default (null): nothing.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>What would leave one of the endpoints open to strangers, or has no use.</summary>
    public IEnumerable<string> Validate(IReadOnlyList<ListenEndpoint> endpoints)
    {
        var encrypted = endpoints.OfType<ListenEndpoint.Encrypted>().ToArray();
        if (encrypted.Length > 0 && Certificate is null)
            yield return $"{encrypted[0]}: needs a certificate; name it with --certificate FILE and, if it is apart, --certificate-key FILE";
        if (encrypted.FirstOrDefault(endpoint => !endpoint.IsLoopback) is { } open && Token is null && ClientAuthority is null)
            yield return $"{open}: other machines can reach it; name a token with --token-file FILE or {AccessToken.EnvironmentVariable}, "
                + "or ask for client certificates with --client-ca FILE";
        if (encrypted.Length == 0 && (Certificate ?? CertificateKey ?? ClientAuthority) is not null)
            yield return "--certificate, --certificate-key, --client-ca: only https:// endpoints have certificates; add one with --listen or --metrics";
    }
}
