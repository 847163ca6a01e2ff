using System.Reflection;
using TorchSharp;

namespace Koala.TestFiles;

/// <summary>Which of TorchSharp's operations with numbers an assembly uses, whose numbers may be freed during the operation.</summary>
internal static class NumberOperations
{
    // Those that have the number inside.
    private static readonly string[] Hidden = ["square", "square_", "pow", "pow_"];

    public static IReadOnlyList<string> In(Assembly assembly) =>
        [.. Members(assembly.ManifestModule).Where(IsOne).Select(member => $"{member.Name}({string.Join(", ", member.GetParameters().Select(p => p.ParameterType.Name))})")];

    private static bool IsOne(MethodBase method) => method.DeclaringType == typeof(Scalar)
        ? method.Name == "op_Implicit"
        : method.DeclaringType == typeof(torch.Tensor)
            && (Hidden.Contains(method.Name) || (method.Name.StartsWith("op_", StringComparison.Ordinal) && method.GetParameters().Any(p => p.ParameterType.IsPrimitive)));

    /// <summary>Methods of other assemblies that this one calls.</summary>
    private static IEnumerable<MethodBase> Members(Module module)
    {
        const int memberReferences = 0x0A000000;
        for (var row = 1; ; row++)
        {
            MemberInfo? member = null;
            try
            {
                member = module.ResolveMember(memberReferences | row);
            }
            catch (ArgumentOutOfRangeException)
            {
                yield break;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException)
            {
                // Of a generic type, whose arguments are not known here.
            }
            if (member is MethodBase method)
                yield return method;
        }
    }
}
