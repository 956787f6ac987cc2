-- Which channels lead to customers, and how much does the answer depend on the model?
select
    channel,
    {% for model in credit_models() %}
    sum(case when model = '{{ model }}' then conversions else 0 end) as {{ model }},
    {% endfor %}
    sum(case when model = 'markov' then conversions else 0 end) as markov
from {{ ref('channel_attribution') }}
where target = 'customer'
group by channel
order by linear desc, channel asc
