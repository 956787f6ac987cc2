{#- One end of the 95 % interval of the share that has converted, 1 - S, from ln(S) and the sum of Greenwood's terms
    d / (n * (n - d)): side -1 is the lower, 1 the upper. Around ln(-ln(S)), so that it stays between 0 and 1; at 0 and 1
    themselves it has no width.
    M. Greenwood, The natural duration of cancer, Reports on Public Health and Medical Subjects 33 (1926), 1-26;
    J. D. Kalbfleisch and R. L. Prentice, The statistical analysis of failure time data (1980). -#}
{% macro converted_share_bound(log_survival, greenwood, side) -%}
    1 - exp({{ log_survival }} * exp({{ side * 1.959963984540054 }} * sqrt({{ greenwood }}) / nullif(abs({{ log_survival }}), 0)))
{%- endmacro %}
