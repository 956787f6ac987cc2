{#- What can become of a message: each kind counted over messages that say so by a column `is_<kind>`. -#}
{% macro message_counts() -%}
    {%- for kind in message_kinds() -%}
        sum(case when is_{{ kind }} then 1 else 0 end) as count_{{ kind }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The same counts as sums of counts, and how many leads stand behind them; of rows that are one lead each. -#}
{% macro message_sums() -%}
    {%- set leads = {'reached': 'delivered', 'opening': 'opened', 'clicking': 'clicked'} -%}
    {%- for kind in message_kinds() -%}
        sum(count_{{ kind }}) as count_{{ kind }},
    {% endfor -%}
    {%- for name, kind in leads.items() -%}
        sum(case when count_{{ kind }} > 0 then 1 else 0 end) as count_{{ name }}_leads{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- These counts as columns of a mart: of `relation`, 0 where it has none. -#}
{% macro message_count_columns(relation) -%}
    {%- for name in message_kinds() + ['reached_leads', 'opening_leads', 'clicking_leads'] -%}
        cast(coalesce({{ relation }}.count_{{ name }}, 0) as bigint) as count_{{ name }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Shares of the messages that were delivered; of bounces, of those that were sent. Nobody can tell whether a text message
    was opened. -#}
{% macro message_rates(relation, channel) -%}
    {%- set rates = {
        'click': 'clicked', 'reply': 'replied', 'unsubscribe': 'unsubscribed', 'complaint': 'complained',
    } -%}
    case
        when lower({{ channel }}) = 'sms' then null
        else {{ rate(relation ~ '.count_opened', relation ~ '.count_delivered') }}
    end as open_rate,
    {% for name, kind in rates.items() -%}
        {{ rate(relation ~ '.count_' ~ kind, relation ~ '.count_delivered') }} as {{ name }}_rate,
    {% endfor -%}
    {{ rate(relation ~ '.count_bounced', relation ~ '.count_sent') }} as bounce_rate
{%- endmacro %}
