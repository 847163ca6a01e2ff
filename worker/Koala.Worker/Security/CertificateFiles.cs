using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Koala.Worker.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Koala.Worker.Security;

/// <summary>
/// The certificates of https:// endpoints. The files are compared on every new connection, so that a renewed certificate
/// is used without a restart; files that cannot be used leave the former certificates in place.
/// </summary>
internal sealed partial class CertificateFiles
{
    private readonly string _certificate;
    private readonly string _key;
    private readonly string? _authority;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private string _text;
    private SslServerAuthenticationOptions _options;

    /// <exception cref="StartException">A file is missing or unusable.</exception>
    public CertificateFiles(SecurityOptions options, ILogger<CertificateFiles> logger)
    {
        (_certificate, _authority, _logger) = (options.Certificate!, options.ClientAuthority, logger);
        _key = options.CertificateKey ?? _certificate;
        try
        {
            _text = ReadAll();
            _options = Load();
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new StartException(ExitCode.Usage, $"the certificate cannot be used: {Describe(e)}", e);
        }
    }

    /// <summary>What Kestrel asks for every new connection.</summary>
    public TlsHandshakeCallbackOptions ForKestrel() => new() { OnConnection = _ => new(Current()) };

    private SslServerAuthenticationOptions Current()
    {
        lock (_gate)
        {
            try
            {
                var text = ReadAll();
                if (text == _text)
                    return _options;
                // Said once, also of files that cannot be used.
                _text = text;
                _options = Load();
                LogReloaded(_certificate);
            }
            catch (Exception e) when (IsUnusable(e))
            {
                LogUnusable(Describe(e));
            }
            return _options;
        }
    }

    /// <summary>As text: times of files tell nothing where a link to them is exchanged.</summary>
    private string ReadAll() => string.Join('\0', ((string?[])[_certificate, _key, _authority]).Select(file => file is null ? "" : File.ReadAllText(file)));

    private SslServerAuthenticationOptions Load()
    {
        using var pem = X509Certificate2.CreateFromPemFile(_certificate, _key);
        // Windows' TLS wants a key that is stored.
        var certificate = OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null)
            : new X509Certificate2(pem);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificate);
        chain.RemoveAt(0);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
        };
        if (_authority is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(_authority);
            if (authorities.Count == 0)
                throw new CryptographicException($"{_authority} has no certificate");
            options.ClientCertificateRequired = true;
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
            options.RemoteCertificateValidationCallback = (_, client, _, errors) => client is not null && errors == SslPolicyErrors.None;
        }
        return options;
    }

    private static bool IsUnusable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    private static string Describe(Exception e) => e.Message.ReplaceLineEndings(" ");

    [LoggerMessage(LogLevel.Information, "Certificate read again from {File}")]
    private partial void LogReloaded(string file);

    [LoggerMessage(LogLevel.Error, "The renewed certificate cannot be used, the former one stays: {Problem}")]
    private partial void LogUnusable(string problem);
}
