namespace Koala.TestFiles;

/// <summary>Damage of files and messages, the same in every run: flipped bits, extreme bytes, pieces lost, doubled and moved.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly byte[] Extremes = [0, 1, 0x7F, 0x80, 0xFF, (byte)'9', (byte)'-', (byte)'"', (byte)'}'];

    private readonly Random _random = new(seed);

    /// <summary>A damaged copy: one to four changes, anywhere.</summary>
    public byte[] Of(byte[] whole)
    {
        var bytes = new List<byte>(whole);
        for (var changes = _random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = _random.Next(bytes.Count);
            var length = Math.Min(bytes.Count - at, _random.Next(1, 1 + Math.Max(1, bytes.Count / 4)));
            switch (_random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1: bytes[at] = Extremes[_random.Next(Extremes.Length)]; break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                default:
                    for (var i = at; i < Math.Min(bytes.Count, at + 8); i++)
                        bytes[i] = (byte)_random.Next(256);
                    break;
            }
        }
        return [.. bytes];
    }
}
