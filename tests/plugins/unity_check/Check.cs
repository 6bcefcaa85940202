using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using NUnit.Framework;
using UnityEditor;

/// <summary>Runs the companion's tests and says one line of each: check.exe GOLDENS TESTS.dll ...</summary>
static class Check
{
    static int Main(string[] arguments)
    {
        string project = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        AssetDatabase.Open(project);
        var promises = new List<Promise>(Goldens.Promises(arguments[0]));
        foreach (Assembly assembly in arguments.Skip(1).Select(Assembly.LoadFrom))
        {
            foreach (Type type in assembly.GetTypes())
                promises.AddRange(type.GetMethods().Where(method => method.IsDefined(typeof(TestAttribute))).Select(method => Of(type, method)));
        }
        bool allKept = true;
        foreach (Promise promise in promises)
            allKept &= Say(promise);
        Directory.Delete(project, true);
        return allKept ? 0 : 1;
    }

    static Promise Of(Type type, MethodInfo method)
    {
        return new Promise(type.Name + "." + method.Name, () =>
        {
            object tests = Activator.CreateInstance(type);
            CallAll<SetUpAttribute>(tests);
            try
            {
                method.Invoke(tests, null);
            }
            finally
            {
                CallAll<TearDownAttribute>(tests);
            }
        });
    }

    static void CallAll<T>(object tests) where T : Attribute
    {
        foreach (MethodInfo method in tests.GetType().GetMethods().Where(method => method.IsDefined(typeof(T))))
            method.Invoke(tests, null);
    }

    static bool Say(Promise promise)
    {
        string problem = "";
        try
        {
            promise.Keep();
        }
        catch (Exception error)
        {
            Exception cause = error is TargetInvocationException ? error.InnerException : error;
            problem = cause is AssertionException ? cause.Message : cause.ToString();
        }
        Console.WriteLine((problem == "" ? "kept\t" : "broken\t") + promise.Name + "\t" + problem.Replace("\n", " ").Replace("\r", ""));
        return problem == "";
    }
}

/// <summary>One thing that is checked; Keep raises when it is not so.</summary>
sealed class Promise
{
    internal readonly string Name;
    internal readonly Action Keep;

    internal Promise(string name, Action keep)
    {
        Name = name;
        Keep = keep;
    }
}
