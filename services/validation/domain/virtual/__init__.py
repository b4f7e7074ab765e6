"""Virtual points: values of formulas over other points, judged like their worst input. Pure."""
