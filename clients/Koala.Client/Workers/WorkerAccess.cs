using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Koala.Client;

/// <summary>How a client shows a worker on another machine who it is, and how it knows the worker. Nothing prints the token.</summary>
public sealed record WorkerAccess
{
    /// <summary>Name of the environment variable that holds the token.</summary>
    public const string TokenVariable = "KOALA_TOKEN";

    /// <summary>Name of the environment variable that names <see cref="AuthorityFile"/>.</summary>
    public const string AuthorityVariable = "KOALA_CA";

    /// <summary>Name of the environment variable that names <see cref="CertificateFile"/>.</summary>
    public const string CertificateVariable = "KOALA_CERTIFICATE";

    /// <summary>Nothing is shown, and the system's authorities are trusted.</summary>
    public static WorkerAccess None { get; } = new();

    /// <summary>What the worker asks for. Default (null): nothing is sent. It is sent encrypted, or not beyond this machine.</summary>
    public string? Token { get; init; }

    /// <summary>PEM file of the authority, or of the worker's own certificate, to trust. Default (null): those of the system.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of a certificate and its key that the worker may ask for. Default (null): none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>What <c>KOALA_TOKEN</c>, <c>KOALA_CA</c> and <c>KOALA_CERTIFICATE</c> say.</summary>
    public static WorkerAccess FromEnvironment() => new()
    {
        Token = Variable(TokenVariable)?.Trim(),
        AuthorityFile = Variable(AuthorityVariable),
        CertificateFile = Variable(CertificateVariable),
    };

    /// <summary>Reads a token from a file, without the white space around it.</summary>
    /// <exception cref="KoalaException">The file cannot be read or holds no token.</exception>
    public static string ReadToken(string file)
    {
        try
        {
            var token = File.ReadAllText(file).Trim();
            // What cannot be in a header is no token, and an empty one was not meant.
            return token.Length > 0 && token.All(c => c is > ' ' and <= '~') ? token : throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The file '{file}' holds no token; write it there as one line of visible ASCII characters.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KoalaException(
                KoalaErrorKind.InvalidInput, $"The token cannot be read: {exception.Message}", innerException: exception);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(WorkerAccess);

    /// <summary>What TLS is to do.</summary>
    /// <exception cref="KoalaException">A file cannot be used.</exception>
    internal SslClientAuthenticationOptions TlsOptions()
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (AuthorityFile is not null)
            {
                var policy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                };
                policy.CustomTrustStore.ImportFromPemFile(AuthorityFile);
                if (policy.CustomTrustStore.Count == 0)
                    throw new CryptographicException($"{AuthorityFile} has none.");
                options.CertificateChainPolicy = policy;
            }
            if (CertificateFile is not null)
            {
                using var pem = X509Certificate2.CreateFromPemFile(CertificateFile, CertificateFile);
                // Windows' TLS wants a key that is stored.
                options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null)];
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new KoalaException(
                KoalaErrorKind.InvalidInput,
                $"A certificate cannot be read: {exception.Message.ReplaceLineEndings(" ")} Correct --ca or --certificate.", innerException: exception);
        }
        return options;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
