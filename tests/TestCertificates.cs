using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Koala.TestFiles;

/// <summary>Certificates of the tests' own making, as PEM files.</summary>
internal static class TestCertificates
{
    /// <summary>Writes a certificate for this machine that vouches for itself, with its key, and returns its thumbprint.</summary>
    public static string WriteSelfSigned(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request("localhost", key);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        names.AddDnsName("koala-workers");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Write(path, certificate, key);
        return certificate.Thumbprint;
    }

    /// <summary>Writes a certificate that another one vouches for, with its key.</summary>
    public static void WriteSigned(string path, string authorityPath)
    {
        using var authority = X509Certificate2.CreateFromPemFile(authorityPath, authorityPath);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Request("client", key).Create(
            authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        Write(path, certificate, key);
    }

    private static CertificateRequest Request(string name, ECDsa key) => new($"CN={name}", key, HashAlgorithmName.SHA256);

    private static void Write(string path, X509Certificate2 certificate, ECDsa key) =>
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
}
