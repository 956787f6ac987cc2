{{ config(materialized='view') }}

{% for model in credit_models() %}
select
    conversion_month,
    channel,
    campaign,
    content,
    target,
    '{{ model }}' as model,
    {{ model }}_conversions as conversions,
    {{ model }}_revenue as revenue
from {{ ref('content_credits') }}
where {{ model }}_conversions > 0
union all
{% endfor %}
select
    conversion_month,
    channel,
    campaign,
    content,
    target,
    'markov' as model,
    conversions,
    revenue
from {{ ref('markov_credits') }}
where conversions > 0
