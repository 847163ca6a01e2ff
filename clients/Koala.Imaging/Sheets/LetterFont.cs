namespace Koala.Imaging.Sheets;

/// <summary>
/// Letters of 5×7 pixels for labels in pictures: libvips draws text only with the fonts of the system, and servers and containers have none.
/// Upper case is drawn as lower case, what it does not know as a question mark.
/// </summary>
internal static class LetterFont
{
    private const int LetterWidth = 5;
    private const int LetterHeight = 7;
    // Around the text, and between letters.
    private const int Margin = 3;
    private const int Space = 1;

    // Rows from top to bottom.
    private static readonly Dictionary<char, string> Letters = new()
    {
        [' '] = "..... ..... ..... ..... ..... ..... .....",
        ['a'] = "..... ..... .###. ....# .#### #...# .####",
        ['b'] = "#.... #.... ####. #...# #...# #...# ####.",
        ['c'] = "..... ..... .#### #.... #.... #.... .####",
        ['d'] = "....# ....# .#### #...# #...# #...# .####",
        ['e'] = "..... ..... .###. #...# ##### #.... .####",
        ['f'] = "..##. .#... ####. .#... .#... .#... .#...",
        ['g'] = "..... .#### #...# #...# .#### ....# .###.",
        ['h'] = "#.... #.... ####. #...# #...# #...# #...#",
        ['i'] = "..#.. ..... .##.. ..#.. ..#.. ..#.. .###.",
        ['j'] = "...#. ..... ..##. ...#. ...#. ...#. .##..",
        ['k'] = "#.... #.... #..#. #.#.. ##... #.#.. #..#.",
        ['l'] = ".##.. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
        ['m'] = "..... ..... ####. #.#.# #.#.# #.#.# #.#.#",
        ['n'] = "..... ..... ####. #...# #...# #...# #...#",
        ['o'] = "..... ..... .###. #...# #...# #...# .###.",
        ['p'] = "..... ####. #...# #...# ####. #.... #....",
        ['q'] = "..... .#### #...# #...# .#### ....# ....#",
        ['r'] = "..... ..... #.### ##... #.... #.... #....",
        ['s'] = "..... ..... .#### #.... .###. ....# ####.",
        ['t'] = ".#... .#... ####. .#... .#... .#... ..##.",
        ['u'] = "..... ..... #...# #...# #...# #...# .####",
        ['v'] = "..... ..... #...# #...# #...# .#.#. ..#..",
        ['w'] = "..... ..... #.#.# #.#.# #.#.# #.#.# .####",
        ['x'] = "..... ..... #...# .#.#. ..#.. .#.#. #...#",
        ['y'] = "..... #...# #...# #...# .#### ....# .###.",
        ['z'] = "..... ..... ##### ...#. ..#.. .#... #####",
        ['0'] = ".###. #...# #..## #.#.# ##..# #...# .###.",
        ['1'] = "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
        ['2'] = ".###. #...# ....# ..##. .#... #.... #####",
        ['3'] = "####. ....# ....# .###. ....# ....# ####.",
        ['4'] = "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
        ['5'] = "##### #.... ####. ....# ....# #...# .###.",
        ['6'] = ".###. #.... #.... ####. #...# #...# .###.",
        ['7'] = "##### ....# ...#. ...#. ..#.. ..#.. ..#..",
        ['8'] = ".###. #...# #...# .###. #...# #...# .###.",
        ['9'] = ".###. #...# #...# .#### ....# ....# .###.",
        ['.'] = "..... ..... ..... ..... ..... .##.. .##..",
        [','] = "..... ..... ..... ..... .##.. ..#.. .#...",
        ['-'] = "..... ..... ..... ##### ..... ..... .....",
        ['_'] = "..... ..... ..... ..... ..... ..... #####",
        ['='] = "..... ..... ##### ..... ##### ..... .....",
        [':'] = "..... .##.. .##.. ..... .##.. .##.. .....",
        ['/'] = "....# ....# ...#. ..#.. .#... #.... #....",
        ['×'] = "..... #...# .#.#. ..#.. .#.#. #...# .....",
        ['?'] = ".###. #...# ....# ..##. ..#.. ..... ..#..",
    };

    /// <summary>Pixels that a line is high.</summary>
    public const int Height = LetterHeight + 2 * Margin;

    /// <summary>Pixels that a text is wide.</summary>
    public static int Width(string text) => text.Length * (LetterWidth + Space) - Space + 2 * Margin;

    /// <summary>Draws a line: <see cref="Width"/> times <see cref="Height"/> values, 1 where there is ink and else 0.</summary>
    public static byte[] Draw(string text)
    {
        var width = Width(text);
        var pixels = new byte[width * Height];
        for (var i = 0; i < text.Length; i++)
        {
            var rows = Letters.GetValueOrDefault(char.ToLowerInvariant(text[i]), Letters['?']).Split(' ');
            for (var y = 0; y < LetterHeight; y++)
            {
                for (var x = 0; x < LetterWidth; x++)
                    pixels[(Margin + y) * width + Margin + i * (LetterWidth + Space) + x] = (byte)(rows[y][x] == '#' ? 1 : 0);
            }
        }
        return pixels;
    }
}
