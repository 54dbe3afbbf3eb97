# people


