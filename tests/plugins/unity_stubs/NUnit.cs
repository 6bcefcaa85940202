// The few names of NUnit that the companion's tests use, written from its public documentation; check.exe runs them.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace NUnit.Framework
{
    [AttributeUsage(AttributeTargets.Method)]
    public class TestAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public class SetUpAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method)]
    public class TearDownAttribute : Attribute { }

    public class AssertionException : Exception
    {
        public AssertionException(string message) : base(message) { }
    }

    public static class Assert
    {
        public static void AreEqual(object expected, object actual)
        {
            if (!Equals(expected, actual))
                throw new AssertionException("expected " + Told(expected) + ", got " + Told(actual));
        }

        public static void AreSame(object expected, object actual)
        {
            if (!ReferenceEquals(expected, actual))
                throw new AssertionException("expected the same object, got another");
        }

        public static void IsTrue(bool condition)
        {
            AreEqual(true, condition);
        }

        public static void IsFalse(bool condition)
        {
            AreEqual(false, condition);
        }

        public static void IsNull(object anObject)
        {
            AreEqual(null, anObject);
        }

        public static T Throws<T>(TestDelegate code) where T : Exception
        {
            try
            {
                code();
            }
            catch (T error)
            {
                return error;
            }
            throw new AssertionException("expected " + typeof(T).Name);
        }

        internal static string Told(object value)
        {
            return value == null ? "null" : value is string text ? "'" + text + "'" : value is IEnumerable rows ? string.Join(", ", rows.Cast<object>().Select(Told)) : value.ToString();
        }
    }

    public delegate void TestDelegate();

    public static class CollectionAssert
    {
        public static void AreEqual(IEnumerable expected, IEnumerable actual)
        {
            List<object> left = expected.Cast<object>().ToList(), right = actual.Cast<object>().ToList();
            if (!left.SequenceEqual(right))
                throw new AssertionException("expected [" + Assert.Told(left) + "], got [" + Assert.Told(right) + "]");
        }

        public static void IsEmpty(IEnumerable collection)
        {
            AreEqual(new object[0], collection);
        }
    }

    public static class StringAssert
    {
        public static void Contains(string expected, string actual)
        {
            if (!actual.Contains(expected))
                throw new AssertionException("expected " + Assert.Told(actual) + " to contain " + Assert.Told(expected));
        }
    }
}
